import { isByContext } from './event-ids.js';
import type { SpanRecord } from './span-record.js';
import { TimeOrdered } from './time-ordered.js';

interface Group {
  readonly open: TimeOrdered<SpanRecord>;
  /** Spans whose stop event arrived alone. */
  unpaired: TimeOrdered<SpanRecord> | undefined;
}

/** Distance in which a stop event finds its start event, ns, and as a share of the duration. */
const TOLERANCE_NS = 5_000_000;
const TOLERANCE_SHARE = 0.01;

const toleranceOf = (duration: number): number => Math.max(TOLERANCE_NS, duration * TOLERANCE_SHARE);

/** Finds the start event of each stop event. */
export class SpanPairs {
  readonly #groups = new Map<string, Group>();

  addOpen(record: SpanRecord): void {
    this.#group(record.pairKey).open.add(record);
  }

  addUnpaired(record: SpanRecord): void {
    const group = this.#group(record.pairKey);
    group.unpaired ??= new TimeOrdered();
    group.unpaired.add(record);
  }

  /**
   * Returns the open span that a stop event ends: the one that starts nearest to `end - duration`. Without a duration, or if the event
   * has no time of its own and nothing starts near it, the newest.
   */
  find(key: string, end: number, duration: number | undefined, hasOwnTime: boolean): SpanRecord | undefined {
    const open = this.#groups.get(key)?.open;
    if (open === undefined || open.size === 0) return undefined;
    if (duration === undefined || isByContext(key)) return open.newest;
    return open.nearest(end - duration, toleranceOf(duration)) ?? (hasOwnTime ? undefined : open.newest);
  }

  /** Returns true if the stop event of a span that starts at `start` has arrived already. A later call returns false. */
  claim(key: string, start: number): boolean {
    const unpaired = this.#groups.get(key)?.unpaired;
    if (unpaired === undefined || unpaired.size === 0) return false;
    const record = isByContext(key) ? unpaired.newest : unpaired.nearest(start, TOLERANCE_NS);
    if (record === undefined || record.end < start) return false;
    this.remove(record);
    return true;
  }

  remove(record: SpanRecord): void {
    const group = this.#groups.get(record.pairKey);
    if (group === undefined) return;
    group.open.remove(record);
    group.unpaired?.remove(record);
    if (group.open.size === 0 && !group.unpaired?.size) this.#groups.delete(record.pairKey);
  }

  #group(key: string): Group {
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = { open: new TimeOrdered(), unpaired: undefined };
      this.#groups.set(key, group);
    }
    return group;
  }
}
