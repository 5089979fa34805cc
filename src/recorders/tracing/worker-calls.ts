import type { EventIds } from './event-ids.js';
import type { SpanRecord } from './span-record.js';

/** A worker of this process needs no text that is made anew for each event. */
const keyOf = ({ producer, worker }: EventIds): string =>
  producer === '' ? worker : `${worker}\0${producer}`;

/** The open calls of each worker. Most have one. */
export class WorkerCalls {
  readonly #only = new Map<string, SpanRecord>();
  readonly #several = new Map<string, Set<SpanRecord>>();

  add(call: SpanRecord, ids: EventIds): void {
    const key = keyOf(ids);
    const several = this.#several.get(key);
    const only = this.#only.get(key);
    if (several !== undefined) several.add(call);
    else if (only === undefined) this.#only.set(key, call);
    else {
      this.#only.delete(key);
      this.#several.set(key, new Set([only, call]));
    }
  }

  remove(call: SpanRecord, ids: EventIds): void {
    const key = keyOf(ids);
    if (this.#only.delete(key)) return;
    const several = this.#several.get(key);
    several?.delete(call);
    const [last] = several?.size === 1 ? several : [];
    if (last === undefined) return;
    this.#several.delete(key);
    this.#only.set(key, last);
  }

  /** Returns the open call of the worker of an event, if there is exactly one. */
  only(ids: EventIds): SpanRecord | undefined {
    return ids.worker === '' || this.#only.size === 0 ? undefined : this.#only.get(keyOf(ids));
  }
}
