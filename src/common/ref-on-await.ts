/**
 * A promise of work that does not keep the process alive by itself, but does while somebody awaits it. A program whose last
 * statement awaits the work then ends after it, and a program that ignores the work ends without it.
 */
export class RefOnAwait<T> extends Promise<T> {
  #timer: NodeJS.Timeout | undefined;

  static of<T>(work: Promise<T>): RefOnAwait<T> {
    const promise = new RefOnAwait<T>((resolve) => resolve(work));
    const timer = setInterval(() => {}, 60_000).unref();
    promise.#timer = timer;
    const stop = () => clearInterval(timer);
    work.then(stop, stop);
    return promise;
  }

  /** Promises derived from this one are plain. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // `await` and the combinators of Promise call this method: the constructor is not Promise itself.
  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#timer?.ref();
    return super.then(onFulfilled, onRejected);
  }
}
