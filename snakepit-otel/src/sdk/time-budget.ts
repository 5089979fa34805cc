/** Time that work may take. It refills by the time between two pieces of work. */
export class TimeBudget {
  readonly #limitMs: number;
  #leftMs: number;
  #endedAt = performance.now();

  /** @param limitMs time that is there at first, and at most, ms */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#leftMs = limitMs;
  }

  /** Time that is left, ms. */
  get leftMs(): number {
    return Math.min(this.#limitMs, this.#leftMs + performance.now() - this.#endedAt);
  }

  /** Begins a piece of work. Returns a function that ends it. */
  use(): () => void {
    const beganAt = performance.now();
    const left = this.leftMs;
    return () => {
      this.#endedAt = performance.now();
      this.#leftMs = Math.max(0, left - (this.#endedAt - beganAt));
    };
  }
}
