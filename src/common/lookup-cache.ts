interface Entry<T> {
  readonly name: string;
  readonly value: T;
}

const SLOTS = 256;
/** In slots not used yet. A string like the names, for the comparison to stay one of pointers. */
const NO_NAME = '\0';

/**
 * A map from names in the code to what belongs to them, for paths where a `Map` look-up is what costs most: in front
 * of the map, one slot for each length of name remembers the last. Names that share a length fall back to the map.
 * Past `limit` names, something builds them, and they are not kept.
 */
export class LookupCache<T> {
  private readonly slots: Entry<T | undefined>[] = new Array(SLOTS).fill({ name: NO_NAME, value: undefined });
  private readonly entries = new Map<string, Entry<T>>();

  constructor(
    private readonly create: (name: string) => T,
    private readonly limit: number,
  ) {}

  get(name: string): T {
    const recent = this.slots[name.length & (SLOTS - 1)] as Entry<T>;
    return recent.name === name ? recent.value : this.find(name);
  }

  private find(name: string): T {
    let entry = this.entries.get(name);
    if (entry === undefined) {
      entry = { name, value: this.create(name) };
      if (this.entries.size >= this.limit) return entry.value;
      this.entries.set(name, entry);
    }
    this.slots[name.length & (SLOTS - 1)] = entry;
    return entry.value;
  }
}
