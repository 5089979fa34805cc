const REFUSED = /Field "([^"]+)" is not a valid field to query/g;

/**
 * What to ask nvidia-smi for. A driver that does not know one of the columns refuses them all and names it; the query
 * then goes on without that column, or with its older name.
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

  /** Gives up what `output` refuses. `false` where that is nothing of ours: asking again would not help. */
  dropRejectedColumns(output: string): boolean {
    const refused = new Set([...output.matchAll(REFUSED)].map(([, column]) => column));
    const before = this.#columns;
    this.#columns = before.flatMap((column) => {
      if (!refused.has(column)) return column;
      return this.#olderNames.get(column) ?? [];
    });
    return before.some((column) => refused.has(column)) && this.#columns.length > 0;
  }
}
