import { TIME_PREFIX } from './columns.js';

const REJECTED = /Field "([^"]+)" is not a valid field to query/g;

/**
 * The columns to query. A driver that does not know one of them rejects the query and names the column, which is then
 * replaced by its older name or dropped.
 */
export class NvidiaSmiQuery {
  #columns: readonly string[];
  readonly #olderNames: ReadonlyMap<string, string>;

  constructor(columns: readonly string[], olderNames: ReadonlyMap<string, string>) {
    this.#columns = columns;
    this.#olderNames = olderNames;
  }

  get columns(): readonly string[] {
    return this.#columns;
  }

  /**
   * Drops the columns that `output` rejects. Returns false if a retry cannot help: `output` rejects none of the columns,
   * or none is left.
   */
  dropRejectedColumns(output: string): boolean {
    const rejected = new Set([...output.matchAll(REJECTED)].map(([, column]) => column));
    const before = this.#columns;
    // A driver has all of them or none, and rejects one at a time.
    const hasNoTimes = [...rejected].some((column) => column?.startsWith(TIME_PREFIX));
    this.#columns = before.flatMap((column) => {
      if (hasNoTimes && column.startsWith(TIME_PREFIX)) return [];
      if (!rejected.has(column)) return column;
      return this.#olderNames.get(column) ?? [];
    });
    return before.some((column) => rejected.has(column)) && this.#columns.length > 0;
  }
}
