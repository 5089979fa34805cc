import type { EventRow } from '../../page/contract.js';

/** Events that are compared to find the place at which a snapshot continues. */
const COMPARED = 16;

/** Remembers the last events, to print none twice: a snapshot begins with what was sent before. */
export class PrintedEvents {
  #last: string[] = [];

  /** Remembers rows that were received. */
  add(rows: readonly EventRow[]): void {
    this.#last = [...this.#last, ...rows.slice(-COMPARED).map(keyOf)].slice(-COMPARED);
  }

  /** Returns the rows of a snapshot that were not received before; all of them if it has none that was. */
  newOf(rows: readonly EventRow[]): readonly EventRow[] {
    const keys = rows.map(keyOf);
    for (let end = keys.length; end > 0; end -= 1) if (this.#endsAt(keys, end)) return rows.slice(end);
    return rows;
  }

  #endsAt(keys: readonly string[], end: number): boolean {
    const count = Math.min(this.#last.length, end);
    if (count === 0) return false;
    const before = keys.slice(end - count, end);
    return this.#last.slice(-count).every((key, index) => key === before[index]);
  }
}

const keyOf = (row: EventRow): string => JSON.stringify(row);
