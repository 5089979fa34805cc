import { COUNT_COLUMN } from './columns.js';

/** The lines that nvidia-smi prints in one loop iteration. */
export interface Batch {
  readonly lines: readonly string[];
  /** Number of lines that are rows. If 0, the lines are an error message. */
  readonly rows: number;
  /** True if there are fewer rows than GPUs: rows may be missing. */
  readonly isShort: boolean;
  /** Arrival of the last row, or of the first line if there is no row, ms of `performance.now()`. */
  readonly at: number;
}

/** Time without a line that completes a batch whose number of rows is unknown, ms. */
const IDLE_MS = 1000;
/**
 * Time without a line that completes a batch with fewer rows than it announces, ms. A driver may need seconds between two busy GPUs, and
 * the first row of the next batch completes it anyway.
 */
const SHORT_IDLE_MS = 30_000;
const MAX_LINES = 512;

/** Groups the lines of a looping nvidia-smi into batches. The output has no separator between them. */
export class BatchAssembler {
  readonly #columns: () => readonly string[];
  readonly #onBatch: (batch: Batch) => void;
  #lines: string[] = [];
  #rows = 0;
  #lastIndex = -1;
  #count: number | undefined;
  #at = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @param columns returns the columns of the query. The output has no header line */
  constructor(columns: () => readonly string[], onBatch: (batch: Batch) => void) {
    this.#columns = columns;
    this.#onBatch = onBatch;
  }

  /** Adds a line to the batch. Returns false if it is not a row. */
  push(line: string): boolean {
    if (line.trim() === '') return false;
    const columns = this.#columns();
    const fields = line.split(',').map((field) => field.trim());
    const index = parseCount(fields[columns.indexOf('index')]);
    const isRow = index !== undefined && fields.length >= columns.length;
    if (isRow) {
      // Rows are in the order of their index, so this one starts the next batch.
      if (index <= this.#lastIndex) this.#complete();
      this.#lastIndex = index;
      this.#rows += 1;
      this.#count = parseCount(fields[columns.indexOf(COUNT_COLUMN)]);
    }
    if (isRow || this.#lines.length === 0) this.#at = performance.now();
    if (this.#lines.length < MAX_LINES) this.#lines.push(line);

    if (isRow && this.#rows === this.#count) this.#complete();
    // Lines that are not rows do not restart the timer: they could keep a batch without rows open forever.
    else if (this.#rows > 0 || this.#idleTimer === undefined) this.#restartTimer();
    return isRow;
  }

  /** Discards the incomplete batch. */
  reset(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = undefined;
    this.#lines = [];
    this.#rows = 0;
    this.#lastIndex = -1;
    this.#count = undefined;
  }

  #restartTimer(): void {
    clearTimeout(this.#idleTimer);
    const idleMs = this.#count === undefined ? IDLE_MS : SHORT_IDLE_MS;
    this.#idleTimer = setTimeout(() => this.#complete(), idleMs).unref();
  }

  #complete(): void {
    const isShort = this.#count !== undefined && this.#rows < this.#count;
    const batch = { lines: this.#lines, rows: this.#rows, isShort, at: this.#at };
    this.reset();
    if (batch.lines.length > 0) this.#onBatch(batch);
  }
}

const parseCount = (text = '') => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);
