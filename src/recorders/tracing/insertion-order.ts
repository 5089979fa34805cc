/** A set that finds its oldest item at once, however many have been deleted before it. */
export class InsertionOrder<T> {
  readonly #items = new Set<T>();
  // A new iterator would pass all that was deleted. This one continues where it was.
  #iterator = this.#items.values();
  #oldest: T | undefined;

  get size(): number {
    return this.#items.size;
  }

  get oldest(): T | undefined {
    if (this.#items.size === 0) return undefined;
    while (this.#oldest === undefined || !this.#items.has(this.#oldest)) {
      const next = this.#iterator.next();
      if (next.done === true) this.#iterator = this.#items.values();
      else this.#oldest = next.value;
    }
    return this.#oldest;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  add(item: T): void {
    this.#items.add(item);
  }

  delete(item: T): void {
    this.#items.delete(item);
  }
}
