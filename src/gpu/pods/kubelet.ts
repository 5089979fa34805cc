import { statSync } from 'node:fs';
import { Deadline } from '../../common/deadline.js';
import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';
import { DeviceKeys } from './device-keys.js';
import { grpcCall } from './grpc-call.js';
import { HeldDevices } from './held-devices.js';
import { decodeAllocations } from './pod-resources.js';

/** Socket of the kubelet's PodResources API. https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/#monitoring-device-plugin-resources */
export const KUBELET_SOCKET = '/var/lib/kubelet/pod-resources/kubelet.sock';

const LIST = '/v1.PodResourcesLister/List';
/** Time between two calls, ms. The kubelet limits their rate. */
const INTERVAL_MS = 10_000;
/** Time by which timers may be early or late, ms. */
const JITTER_MS = 500;
/** Time limit of a call, ms. */
export const TIMEOUT_MS = 5000;
/** As the kubelet's own clients have. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** Calls that may fail one after another before the pods that it has reported are dropped. */
const MAX_FAILURES = 3;

/** Asks the kubelet of this node which containers hold GPUs. A host without a kubelet costs one look at a path in 10 s. */
export class Kubelet {
  readonly #socket: string;
  readonly #root: string;
  #held = HeldDevices.NONE;
  #call: Deadline<HeldDevices> | undefined;
  #isAsking = false;
  #isClosed = false;
  #dueAt = Number.NEGATIVE_INFINITY;
  #failures = 0;

  /** @param root folder of `/proc` and `/sys`. @default '/' */
  constructor(socket: string, root = '/') {
    this.#socket = socket;
    this.#root = root;
  }

  /** Containers that hold GPUs, as last reported. */
  get held(): HeldDevices {
    return this.#held;
  }

  /** Asks the kubelet if that is due and its socket exists. Returns a call that it starts, which never rejects. */
  refresh(): Promise<void> | undefined {
    const now = performance.now();
    if (this.#isAsking || now < this.#dueAt) return undefined;
    this.#dueAt = now + INTERVAL_MS - JITTER_MS;
    if (!isSocket(this.#socket)) {
      this.#countFailure();
      return undefined;
    }
    this.#isAsking = true;
    this.#call = new Deadline((signal) => this.#list(signal), TIMEOUT_MS, timeoutError);
    return this.#call.result
      .then(
        (held) => this.#succeed(held),
        (error: unknown) => this.#fail(error),
      )
      .finally(() => {
        this.#isAsking = false;
      });
  }

  /** Ends a call that runs. There are no more. */
  close(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#isClosed = true;
    this.#call?.abort(new Error('closed'));
  }

  async #list(signal: AbortSignal): Promise<HeldDevices> {
    const allocations = await listAllocations(this.#socket, signal);
    return HeldDevices.from(allocations, new DeviceKeys(this.#root, signal), this.#held);
  }

  #succeed(held: HeldDevices): void {
    this.#held = held;
    this.#failures = 0;
  }

  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#countFailure();
    warnOnce(`The kubelet at ${this.#socket} did not report which pods hold GPUs: ${describe(error)}`);
  }

  /** Keeps what was reported for a while: a kubelet that restarts is away for some seconds. */
  #countFailure(): void {
    this.#failures += 1;
    if (this.#failures >= MAX_FAILURES) this.#held = HeldDevices.NONE;
  }
}

/** Asks a kubelet which containers hold GPUs. @param signal ends the call @throws (as a rejection) if there is no answer */
export const listAllocations = async (socket: string, signal: AbortSignal) =>
  decodeAllocations(await grpcCall(socket, LIST, MAX_ANSWER_BYTES, signal));

/** On most hosts there is no kubelet. Synchronous: samples of those wait for nothing. */
const isSocket = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    return false;
  }
};

/** Returns the error of a call that took too long. */
export const timeoutError = () => new Error(`no answer within ${TIMEOUT_MS} ms`);

const describe = (error: unknown): string =>
  Object(error).code === 'EACCES'
    ? `${errorMessage(error)}; only user 0 may connect to the socket`
    : errorMessage(error);
