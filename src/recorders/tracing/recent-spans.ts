import type { SpanRecord } from './span-record.js';

/** Ended spans that may be the parents of late events. What lives that long costs time in garbage collection. */
const MAX_RECENT = 4000;
/** Time for which they may be, ms. */
const RECENT_MS = 30_000;

/** Spans that ended a short time ago, in order of their ends. The oldest ones are passed to `forget`. */
export class RecentSpans {
  readonly #ring: (SpanRecord | undefined)[] = [];
  #first = 0;
  #next = 0;
  readonly #forget: (record: SpanRecord) => void;

  constructor(forget: (record: SpanRecord) => void) {
    this.#forget = forget;
  }

  add(record: SpanRecord): void {
    if (this.#next - this.#first >= MAX_RECENT) this.#drop();
    record.closedAt = performance.now();
    this.#ring[this.#next++ % MAX_RECENT] = record;
  }

  /** Forgets the spans that ended too long ago. */
  sweep(): void {
    const begin = performance.now() - RECENT_MS;
    while (this.#first < this.#next && (this.#ring[this.#first % MAX_RECENT]?.closedAt ?? 0) <= begin)
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
