import { execute } from '../bus/bus.js';
import type { ChildProcessOrigin } from '../catalog/any-event.js';
import { workerDevicesMetadata } from '../catalog/worker-devices-metadata.js';
import type { WorkerEnvironment } from '../catalog/worker-environment.js';
import { parseWireLine } from './parse-line.js';
import { publishEventOf } from './wire-event.js';

const INPUT = 'stderr';
let children = 0;

/** Publishes the events that a child process writes to stderr, and counts them. */
export class ChildEvents {
  /** Stream of the events. A process may have the id of an earlier one, and so the number of the child is a part of it. */
  readonly producer: string;
  #accepted = 0;
  #isOpen = false;
  readonly #env: WorkerEnvironment | undefined;
  readonly #process: ChildProcessOrigin | undefined;

  /**
   * @param pid id of the process
   * @param env environment of the process, which determines its devices
   */
  constructor(pid: number | undefined, env?: WorkerEnvironment) {
    children += 1;
    this.#env = env;
    this.#process = pid === undefined ? undefined : { pid, env };
    this.producer = `child:${pid ?? 'unknown'}:${children}`;
  }

  /** Publishes the event of a line. @param json text of the line; `undefined` if it was too long */
  publish(json: string | undefined): void {
    const parsed = json === undefined ? ({ refusal: 'line_too_long' } as const) : parseWireLine(json);
    const result =
      'wire' in parsed
        ? publishEventOf(this.#withDevices(parsed.wire), this.producer, this.#process)
        : parsed.refusal;
    if (result !== 'accepted') {
      this.refuse(result);
      return;
    }
    this.#isOpen = true;
    this.#accepted += 1;
  }

  /** Adds the devices that the process sees to an event that has them, unless it names them itself. */
  #withDevices(wire: { readonly event?: unknown; readonly metadata?: unknown }): object {
    if (this.#env === undefined) return wire;
    const { event, metadata } = wire;
    if (typeof metadata !== 'object' || metadata === null || 'visible_devices' in metadata) return wire;
    const devices = workerDevicesMetadata(event, this.#env, metadata);
    return { ...wire, metadata: { ...metadata, ...devices } };
  }

  /** Counts an event that was not published. */
  refuse(reason: string): void {
    execute('snakepit.bridge.events.refused', { count: 1 }, { input: INPUT, reason });
  }

  /** Counts the events that were published since the last call. */
  count(): void {
    if (this.#accepted === 0) return;
    execute('snakepit.bridge.events.accepted', { count: this.#accepted }, { input: INPUT });
    this.#accepted = 0;
  }

  /** Reports that no more events follow. */
  end(): void {
    this.count();
    if (!this.#isOpen) return;
    this.#isOpen = false;
    execute('snakepit.bridge.producer.ended', { count: 1 }, { producer: this.producer });
  }
}
