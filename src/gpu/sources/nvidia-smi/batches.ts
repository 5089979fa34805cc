import { COUNT } from './csv.js';

/** What nvidia-smi printed in one round. */
export interface Batch {
  readonly lines: readonly string[];
  /** Lines that are rows. Without any, the others say why. */
  readonly rows: number;
  /** When its last row came, or without rows its first line, ms of `performance.now()`. */
  readonly at: number;
}

/**
 * After this time without a line the round is over, ms: a lost GPU makes it shorter than its rows say. Long, since a
 * driver that has to ask many busy GPUs may take its time between two of them.
 */
const QUIET_MS = 1000;
const MAX_LINES = 512;

/** Puts the lines of a looping nvidia-smi together to rounds: nothing else tells where one ends. */
export class BatchAssembler {
  readonly #columns: () => readonly string[];
  readonly #onBlock: (block: Batch) => void;
  #lines: string[] = [];
  #rows = 0;
  #lastIndex = -1;
  #at = 0;
  #quiet: NodeJS.Timeout | undefined;

  /** @param columns those of the query, without a header line in what is printed */
  constructor(columns: () => readonly string[], onBlock: (block: Batch) => void) {
    this.#columns = columns;
    this.#onBlock = onBlock;
  }

  /** Takes a line; `false` for one that is no row, which belongs to the round nevertheless. */
  push(line: string): boolean {
    if (line.trim() === '') return false;
    const columns = this.#columns();
    const fields = line.split(',').map((field) => field.trim());
    const index = wholeNumber(fields[columns.indexOf('index')]);
    const isRow = index !== undefined && fields.length >= columns.length;
    if (isRow) {
      // Rows come in the order of their index, so this one is the next round's.
      if (index <= this.#lastIndex) this.#complete();
      this.#lastIndex = index;
      this.#rows += 1;
    }
    if (isRow || this.#lines.length === 0) this.#at = performance.now();
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);

    if (isRow && this.#rows === wholeNumber(fields[columns.indexOf(COUNT)])) this.#complete();
    // Words alone do not wait for one another: when every round is nothing else, they might come for ever.
    else if (this.#rows > 0 || this.#quiet === undefined) this.#waitForMore();
    return isRow;
  }

  /** Forgets a round that has begun. */
  reset(): void {
    clearTimeout(this.#quiet);
    this.#quiet = undefined;
    this.#lines = [];
    this.#rows = 0;
    this.#lastIndex = -1;
  }

  #waitForMore(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#complete(), QUIET_MS).unref();
  }

  #complete(): void {
    const block = { lines: this.#lines, rows: this.#rows, at: this.#at };
    this.reset();
    if (block.lines.length > 0) this.#onBlock(block);
  }
}

const wholeNumber = (text = '') => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);
