import { isByContext } from './event-ids.js';
import type { SpanRecord } from './span-record.js';
import { TimeOrdered } from './time-ordered.js';

/** Distance in which a stop event finds its start event, ns, and as a share of the duration. */
const TOLERANCE_NS = 5_000_000;
const TOLERANCE_SHARE = 0.01;

/** Distance in which a late start event finds the span that its stop event has made, ns: the times of real pairs differ by less. */
const LATE_TOLERANCE_NS = 100_000;

const toleranceOf = (duration: number): number => Math.max(TOLERANCE_NS, duration * TOLERANCE_SHARE);

/** Finds the start event of each stop event. */
export class SpanPairs {
  readonly #open = new Lists();
  readonly #unpaired = new Lists();

  /** Adds a span: an open one, or one whose stop event arrived alone. */
  add(record: SpanRecord): void {
    (record.isUnpaired ? this.#unpaired : this.#open).add(record);
  }

  remove(record: SpanRecord): void {
    (record.isUnpaired ? this.#unpaired : this.#open).remove(record);
  }

  /**
   * Returns the open span that a stop event ends: the one that starts nearest to `end - duration`. Without a duration, or if the event
   * has no time of its own and nothing starts near it, the newest.
   */
  find(key: string, end: number, duration: number | undefined, hasOwnTime: boolean): SpanRecord | undefined {
    if (duration === undefined || isByContext(key)) return this.#open.newest(key);
    return (
      this.#open.nearest(key, end - duration, toleranceOf(duration)) ??
      (hasOwnTime ? undefined : this.#open.newest(key))
    );
  }

  /** Returns true if the stop event of a span that starts at `start` has arrived already. A later call returns false. */
  claim(key: string, start: number): boolean {
    if (this.#unpaired.isEmpty) return false;
    const record = isByContext(key)
      ? this.#unpaired.newest(key)
      : this.#unpaired.nearest(key, start, LATE_TOLERANCE_NS);
    if (record === undefined || record.end < start) return false;
    this.remove(record);
    return true;
  }
}

/** Spans by their keys. Most keys have one span, which needs no list. */
class Lists {
  readonly #byKey = new Map<string, SpanRecord | TimeOrdered<SpanRecord>>();

  get isEmpty(): boolean {
    return this.#byKey.size === 0;
  }

  add(record: SpanRecord): void {
    const known = this.#byKey.get(record.pairKey);
    if (known === undefined) this.#byKey.set(record.pairKey, record);
    else if (known instanceof TimeOrdered) known.add(record);
    else {
      const list = new TimeOrdered<SpanRecord>();
      list.add(known);
      list.add(record);
      this.#byKey.set(record.pairKey, list);
    }
  }

  remove(record: SpanRecord): void {
    const known = this.#byKey.get(record.pairKey);
    if (known instanceof TimeOrdered) known.remove(record);
    if (known === record || (known instanceof TimeOrdered && known.size === 0))
      this.#byKey.delete(record.pairKey);
  }

  newest(key: string): SpanRecord | undefined {
    const known = this.#byKey.get(key);
    return known instanceof TimeOrdered ? known.newest : known;
  }

  nearest(key: string, time: number, tolerance: number): SpanRecord | undefined {
    const known = this.#byKey.get(key);
    if (known instanceof TimeOrdered) return known.nearest(time, tolerance);
    return known !== undefined && Math.abs(known.start - time) <= tolerance ? known : undefined;
  }
}
