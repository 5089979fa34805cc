/** A map that drops new keys while it is full. */
export class BoundedMap<Value> extends Map<string, Value> {
  readonly #limit: number;

  constructor(limit: number) {
    super();
    this.#limit = limit;
  }

  override set(key: string, value: Value): this {
    return this.has(key) || this.size < this.#limit ? super.set(key, value) : this;
  }

  /** Replaces all entries. */
  replaceBy(entries: Iterable<readonly [string, Value]>): void {
    this.clear();
    for (const [key, value] of entries) this.set(key, value);
  }
}
