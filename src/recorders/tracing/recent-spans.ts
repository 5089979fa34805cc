import type { SpanRecord } from './span-record.js';

/** Ended spans that may be the parents of late events. What lives that long costs time in garbage collection. */
const MAX_RECENT = 4000;
/** Time for which they may be, ms. */
const RECENT_MS = 30_000;

/** Spans that ended a short time ago, in order of their ends. The oldest ones are passed to `forget`. */
export class RecentSpans {
  readonly #ring: (SpanRecord | undefined)[] = new Array(MAX_RECENT).fill(undefined);
  /** Arrival of their stop events, ms of `performance.now()`. */
  readonly #closedAt = new Float64Array(MAX_RECENT);
  #first = 0;
  #next = 0;
  readonly #forget: (record: SpanRecord) => void;

  constructor(forget: (record: SpanRecord) => void) {
    this.#forget = forget;
  }

  /** Adds a span whose stop event arrived at `now`, ms of `performance.now()`. */
  add(record: SpanRecord, now: number): void {
    if (this.#next - this.#first >= MAX_RECENT) this.#drop();
    const index = this.#next++ % MAX_RECENT;
    this.#closedAt[index] = now;
    this.#ring[index] = record;
  }

  /** Forgets the spans that ended too long ago. */
  sweep(now: number): void {
    const begin = now - RECENT_MS;
    while (this.#first < this.#next && (this.#closedAt[this.#first % MAX_RECENT] as number) <= begin)
      this.#drop();
  }

  clear(): void {
    while (this.#first < this.#next) this.#drop();
  }

  #drop(): void {
    const index = this.#first++ % MAX_RECENT;
    const record = this.#ring[index];
    this.#ring[index] = undefined;
    if (record !== undefined) this.#forget(record);
  }
}
