import { singleLine } from 'opentelemetry-instrumentation-snakepit/internal';
import type { WorkerInputOptions } from '../../configuration/inputs.js';
import { unrefGrpcClient } from '../../sdk/unref-transport.js';
import type { Pipeline } from '../pipeline.js';
import { EventStream } from './event-stream.js';
import type { Grpc, GrpcClient, GrpcStatus } from './grpc.js';
import { controlMessages } from './telemetry-control.js';

const PATH = '/snakepit.bridge.BridgeService/StreamTelemetry';
const UNIMPLEMENTED = 12;
const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;
/** Duration of a stream from which on its end is news, ms. A stream that ends at once each time is not reported each time. */
const STABLE_MS = 10_000;
const CHANNEL_OPTIONS = {
  // Each attempt connects anew, after our own delay.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_http_proxy': 0,
  // Finds workers that are gone without a word. Python's servers close connections that ping more than once in 5 minutes.
  'grpc.keepalive_time_ms': 360_000,
};

interface Options {
  readonly grpc: Grpc;
  readonly pipeline: Pipeline;
  /** Prints a line; `info` if nothing is wrong. */
  readonly warn: (line: string, level?: 'info') => void;
}

/** Receives the events of one Python worker, whenever it runs. Keeps no process alive. */
export class WorkerClient {
  readonly #worker: WorkerInputOptions;
  readonly #options: Options;
  #client: GrpcClient | undefined;
  #stream: EventStream | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopUnref = () => {};
  #backoffMs = 0;
  #isStopped = false;
  #connectedAt: number | undefined;
  /** True after a line about the outage that lasts. */
  #isReported = false;
  /** True after a line about the connection that lasts. */
  #isAnnounced = false;

  constructor(worker: WorkerInputOptions, options: Options) {
    this.#worker = worker;
    this.#options = options;
  }

  /** Connects, and connects again after each end of the connection. */
  connect(): void {
    const { grpc, pipeline } = this.#options;
    const client = new grpc.Client(this.#worker.address, grpc.credentials.createInsecure(), CHANNEL_OPTIONS);
    const call = client.makeBidiStreamRequest(PATH, Buffer.from, (bytes) => bytes);
    this.#stopUnref = unrefGrpcClient(client);
    call.once('metadata', () => {
      this.#stopUnref();
      this.#connected();
    });
    const onEnd = (status: GrpcStatus) => {
      this.close();
      this.#ended(status);
    };
    this.#client = client;
    this.#stream = new EventStream(call, { worker: this.#worker, pipeline, onEnd });
    for (const message of controlMessages(this.#worker)) call.write(message);
  }

  /** Stops reading. What was read is still processed. */
  stopReading(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#stream?.stopReading();
  }

  /** Closes the connection. */
  close(): void {
    this.#stopUnref();
    this.#client?.close();
  }

  #connected(): void {
    this.#connectedAt = performance.now();
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#options.warn(`events are received from the worker ${this.#worker.address}`, 'info');
  }

  #ended({ code, details }: GrpcStatus): void {
    if (this.#isStopped) return;
    const { address } = this.#worker;
    if (code === UNIMPLEMENTED) {
      this.#options.warn(
        `The worker ${address} has no stream of events, as all workers of the thread profile, and is not asked again.`,
      );
      return;
    }
    if (this.#connectedAt !== undefined && performance.now() - this.#connectedAt >= STABLE_MS) {
      this.#backoffMs = 0;
      this.#isReported = this.#isAnnounced = false;
    }
    this.#connectedAt = undefined;
    if (!this.#isReported) {
      this.#isReported = true;
      this.#options.warn(
        `The worker ${address} sends no events (${reasonOf(code, details)}). It is tried again until it does.`,
      );
    }
    this.#backoffMs = Math.min(MAX_BACKOFF_MS, Math.max(MIN_BACKOFF_MS, 2 * this.#backoffMs));
    this.#timer = setTimeout(() => this.connect(), this.#backoffMs * (0.5 + Math.random() / 2)).unref();
  }
}

/** A call that fails while it reads a message, such as a compressed one, ends with the error instead of a status. */
const reasonOf = (code: number | undefined, details: string | undefined): string =>
  code === undefined
    ? 'its messages cannot be read'
    : [`gRPC status ${code}`, singleLine(details)].filter((text) => text !== '').join(': ');
