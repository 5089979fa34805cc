import type { SpanRecord } from './span-record.js';

/** Ended spans that may be the parents of late events. */
const MAX_RECENT = 10_000;
/** Time for which they may be, ms. */
const RECENT_MS = 30_000;

interface Ended {
  readonly record: SpanRecord;
  readonly endedAt: number;
}

/** Spans that ended a short time ago, in order of their ends. The oldest ones are passed to `forget`. */
export class RecentSpans {
  readonly #ring: (Ended | undefined)[] = [];
  #first = 0;
  #next = 0;
  readonly #forget: (record: SpanRecord) => void;

  constructor(forget: (record: SpanRecord) => void) {
    this.#forget = forget;
  }

  add(record: SpanRecord): void {
    if (this.#next - this.#first >= MAX_RECENT) this.#drop();
    this.#ring[this.#next++ % MAX_RECENT] = { record, endedAt: performance.now() };
  }

  /** Forgets the spans that ended too long ago. */
  sweep(): void {
    const begin = performance.now() - RECENT_MS;
    while (this.#first < this.#next && (this.#ring[this.#first % MAX_RECENT]?.endedAt ?? 0) <= begin)
      this.#drop();
  }

  clear(): void {
    while (this.#first < this.#next) this.#drop();
  }

  #drop(): void {
    const index = this.#first++ % MAX_RECENT;
    const ended = this.#ring[index];
    this.#ring[index] = undefined;
    if (ended !== undefined) this.#forget(ended.record);
  }
}
