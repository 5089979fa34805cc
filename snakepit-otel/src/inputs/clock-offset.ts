/** Half of the time that the smallest offset is taken from, ms. */
const HALF_MS = 30_000;
const NONE = Number.POSITIVE_INFINITY;

/** Difference between the clock of a producer and that of this process: the smallest delay of the last minute. */
export class ClockOffset {
  #current = NONE;
  #previous = NONE;
  #startedMs = 0;

  /**
   * Adds an event.
   *
   * @param arrivedMs time of arrival, ms since the epoch
   * @param timestampNs time of the event by the producer's clock, ns since the epoch
   */
  add(arrivedMs: number, timestampNs: number): void {
    if (arrivedMs - this.#startedMs >= HALF_MS) {
      this.#previous = arrivedMs - this.#startedMs >= 2 * HALF_MS ? NONE : this.#current;
      this.#current = NONE;
      this.#startedMs = arrivedMs;
    }
    const delay = arrivedMs - timestampNs / 1e6;
    if (delay < this.#current) this.#current = delay;
  }

  /** Arrival minus timestamp, s; undefined without events. */
  get seconds(): number | undefined {
    const smallest = Math.min(this.#current, this.#previous);
    return smallest === NONE ? undefined : smallest / 1000;
  }
}
