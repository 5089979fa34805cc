const NONE: never[] = [];

/** A list in order of start times; of equal ones, the newest is the last. */
export class TimeOrdered<T extends { readonly start: number }> {
  #items: T[] = NONE;

  get size(): number {
    return this.#items.length;
  }

  get newest(): T | undefined {
    return this.#items.at(-1);
  }

  /** Returns the item at an index, 0 being the earliest. */
  at(index: number): T | undefined {
    return this.#items[index];
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#items.values();
  }

  add(item: T): void {
    const { newest } = this;
    // Has no room for more: most lists have one item.
    if (newest === undefined) this.#items = [item];
    else if (newest.start <= item.start) this.#items.push(item);
    else this.#items.splice(this.countUntil(item.start), 0, item);
  }

  remove(item: T): void {
    const items = this.#items;
    if (items.length === 1 && items[0] === item) this.#items = NONE;
    else if (items.at(-1) === item) items.pop();
    else if (items[0] === item) items.shift();
    else {
      let index = this.countUntil(item.start) - 1;
      while (items[index] !== item && items[index]?.start === item.start) index--;
      if (items[index] === item) items.splice(index, 1);
    }
  }

  /** Returns the number of items that start at `time` or before. */
  countUntil(time: number): number {
    const items = this.#items;
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((items[middle] as T).start <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Returns the item that starts nearest to `time`, if it does so within `tolerance`. */
  nearest(time: number, tolerance: number): T | undefined {
    const index = this.countUntil(time);
    const before = this.#items[index - 1];
    const after = this.#items[index];
    const nearest =
      before !== undefined && (after === undefined || time - before.start < after.start - time)
        ? before
        : after;
    return nearest !== undefined && Math.abs(nearest.start - time) <= tolerance ? nearest : undefined;
  }
}
