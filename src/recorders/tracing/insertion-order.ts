/** Place of an item in an {@link InsertionOrder}. */
export interface Place<T> {
  readonly item: T;
  previous: Place<T> | undefined;
  next: Place<T> | undefined;
}

/** Items in the order in which they were added. Finds the oldest one at once, and keeps nothing of those that were deleted. */
export class InsertionOrder<T> {
  #first: Place<T> | undefined;
  #last: Place<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get oldest(): T | undefined {
    return this.#first?.item;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let place = this.#first; place !== undefined; place = place.next) yield place.item;
  }

  /** Adds an item. Returns its place, with which it is deleted. */
  add(item: T): Place<T> {
    const place: Place<T> = { item, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = place;
    else this.#last.next = place;
    this.#last = place;
    this.#size++;
    return place;
  }

  /** Deletes the item of a place, once. */
  delete(place: Place<T>): void {
    const { previous, next } = place;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // A deleted place that the garbage collector has not found yet would keep its neighbors.
    place.previous = place.next = undefined;
    this.#size--;
  }
}
