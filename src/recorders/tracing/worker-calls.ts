import type { EventIds } from './event-ids.js';
import type { SpanRecord } from './span-record.js';

const keyOf = ({ producer, worker }: EventIds): string => `${worker}\0${producer}`;

/** The open calls of each worker. */
export class WorkerCalls {
  readonly #byWorker = new Map<string, Set<SpanRecord>>();

  add(call: SpanRecord): void {
    const key = keyOf(call.ids);
    const calls = this.#byWorker.get(key);
    if (calls === undefined) this.#byWorker.set(key, new Set([call]));
    else calls.add(call);
  }

  remove(call: SpanRecord): void {
    const key = keyOf(call.ids);
    const calls = this.#byWorker.get(key);
    calls?.delete(call);
    if (calls?.size === 0) this.#byWorker.delete(key);
  }

  /** Returns the open call of the worker of an event, if there is exactly one. */
  only(ids: EventIds): SpanRecord | undefined {
    if (ids.worker === '' || this.#byWorker.size === 0) return undefined;
    const calls = this.#byWorker.get(keyOf(ids));
    if (calls?.size !== 1) return undefined;
    const [call] = calls;
    return call;
  }
}
