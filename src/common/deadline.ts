/** Work that is given up when its time is over, or earlier. Its timer does not keep the process alive unless held. */
export class Deadline<T> {
  readonly result: Promise<T>;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  /** @param work should stop when the signal is aborted; whether it does or not, the result is then the reason */
  constructor(work: (signal: AbortSignal) => Promise<T>, limitMs: number, late: () => Error) {
    const { signal } = this.#controller;
    const givenUp = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    // What throws before it has made a promise, rejects too.
    const started = (async () => work(signal))();
    this.#timer = setTimeout(() => this.abort(late()), limitMs).unref();
    this.result = Promise.race([started, givenUp]).finally(() => clearTimeout(this.#timer));
  }

  /** Keeps the process alive until the result is there: somebody waits for it. */
  ref(): this {
    this.#timer.ref();
    return this;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }
}
