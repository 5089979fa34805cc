/**
 * Work that is aborted at its time limit, or earlier. Its timer keeps the process alive only after {@link Deadline.ref}. For work
 * that cannot be aborted, see `withTimeout`.
 */
export class Deadline<T> {
  readonly result: Promise<T>;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /**
   * @param work should stop when the signal is aborted; the result rejects with the reason in any case
   * @param limitMs time limit, ms
   * @param timeoutError makes the reason at the time limit
   */
  constructor(work: (signal: AbortSignal) => Promise<T>, limitMs: number, timeoutError: () => Error) {
    const { signal } = this.#controller;
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // Work that throws before it returns a promise rejects too.
    const started = (async () => work(signal))();
    this.#timer = setTimeout(() => this.abort(timeoutError()), limitMs).unref();
    this.result = Promise.race([started, aborted]).finally(() => clearTimeout(this.#timer));
  }

  /** Keeps the process alive until the result is known: somebody waits for it. */
  ref(): this {
    this.#timer.ref();
    return this;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }
}
