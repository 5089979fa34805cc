interface Entry<T> {
  readonly name: string;
  readonly value: T;
}

const SLOTS = 256;
/** Name of unused slots. A string like all names, so that the comparison stays one of pointers. */
const NO_NAME = '\0';

/**
 * A map from names in code to values, for paths on which a `Map` look-up dominates the cost. One slot for each length of name
 * caches the last name used; names of equal length fall back to the map. Names past `limit`, and long ones, are presumably
 * generated, and are not kept.
 */
export class LookupCache<T> {
  readonly #slots: Entry<T | undefined>[] = new Array(SLOTS).fill({ name: NO_NAME, value: undefined });
  readonly #entries = new Map<string, Entry<T>>();

  readonly #create: (name: string) => T;
  readonly #limit: number;

  constructor(create: (name: string) => T, limit: number) {
    this.#create = create;
    this.#limit = limit;
  }

  get(name: string): T {
    const recent = this.#slots[name.length & (SLOTS - 1)] as Entry<T>;
    return recent.name === name ? recent.value : this.#find(name);
  }

  #find(name: string): T {
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = { name, value: this.#create(name) };
      if (this.#entries.size >= this.#limit || name.length > SLOTS) return entry.value;
      this.#entries.set(name, entry);
    }
    this.#slots[name.length & (SLOTS - 1)] = entry;
    return entry.value;
  }
}
