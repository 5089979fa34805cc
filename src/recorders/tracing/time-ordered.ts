const NONE: never[] = [];

/** A list in order of start times; of equal ones, the newest is the last. */
export class TimeOrdered<T extends { readonly start: number }> {
  /** The first one. Most lists have no other. */
  #first: T | undefined = undefined;
  /** The others. */
  #rest: T[] = NONE;

  get size(): number {
    return this.#first === undefined ? 0 : this.#rest.length + 1;
  }

  get newest(): T | undefined {
    return this.#rest.length === 0 ? this.#first : this.#rest.at(-1);
  }

  /** Returns the item at an index, 0 being the earliest. */
  at(index: number): T | undefined {
    return index === 0 ? this.#first : this.#rest[index - 1];
  }

  *[Symbol.iterator](): IterableIterator<T> {
    if (this.#first !== undefined) yield this.#first;
    yield* this.#rest;
  }

  add(item: T): void {
    const first = this.#first;
    if (first === undefined) this.#first = item;
    else if (this.#rest.length === 0) {
      this.#first = item.start < first.start ? item : first;
      this.#rest = [item.start < first.start ? first : item];
    } else if ((this.newest as T).start <= item.start) this.#rest.push(item);
    else {
      const index = this.countUntil(item.start);
      this.#rest.splice(index === 0 ? 0 : index - 1, 0, index === 0 ? first : item);
      if (index === 0) this.#first = item;
    }
  }

  remove(item: T): void {
    const rest = this.#rest;
    if (this.#first === item) this.#first = rest.shift();
    else if (rest.at(-1) === item) rest.pop();
    else {
      let index = this.countUntil(item.start) - 1;
      while (index > 0 && this.at(index) !== item && this.at(index)?.start === item.start) index--;
      if (index > 0 && this.at(index) === item) rest.splice(index - 1, 1);
    }
    if (rest.length === 0) this.#rest = NONE;
  }

  /** Returns the number of items that start at `time` or before. */
  countUntil(time: number): number {
    if (this.#first === undefined || this.#first.start > time) return 0;
    const rest = this.#rest;
    let low = 0;
    let high = rest.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rest[middle] as T).start <= time) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  }

  /** Returns the item that starts nearest to `time`, if it does so within `tolerance`. */
  nearest(time: number, tolerance: number): T | undefined {
    const index = this.countUntil(time);
    const before = index === 0 ? undefined : this.at(index - 1);
    const after = this.at(index);
    const nearest =
      before !== undefined && (after === undefined || time - before.start < after.start - time)
        ? before
        : after;
    return nearest !== undefined && Math.abs(nearest.start - time) <= tolerance ? nearest : undefined;
  }
}
