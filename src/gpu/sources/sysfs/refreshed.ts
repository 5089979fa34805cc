/** Time after which a value is read again although nothing announced a change, as files may appear late, ms. */
const MAX_AGE_MS = 30_000;

/** A value that rarely changes: it is kept until what announces its changes differs, and for half a minute at most. */
export class Refreshed<T> {
  readonly #read: () => Promise<T>;
  #known: { readonly value: T; readonly version: string; readonly at: number } | undefined;

  /** @param read reads the value. What it throws is not kept */
  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /**
   * Returns the value, and whether it was read again.
   *
   * @param version text that differs after a change
   */
  async get(version: string): Promise<{ readonly value: T; readonly isNew: boolean }> {
    const now = performance.now();
    const known = this.#known;
    if (known !== undefined && known.version === version && now - known.at < MAX_AGE_MS)
      return { value: known.value, isNew: false };
    const value = await this.#read();
    this.#known = { value, version, at: now };
    return { value, isNew: true };
  }

  /** Has the value read again when it is needed next. */
  expire(): void {
    this.#known = undefined;
  }
}
