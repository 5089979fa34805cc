import type { LineSource } from './line-source.js';

const LINE_FEED = 10;
/** Bytes that are decoded at a time: a body of 16 MiB at once would block the event loop. */
const DECODED_BYTES = 16 * 1024;

/** Lines of one source that wait to be processed. They are decoded when they are read. */
export class LineBatch {
  readonly source: LineSource;
  /** Time of arrival, ms since the epoch. */
  readonly arrivedMs = Date.now();
  /** Bytes that the batch keeps in memory. */
  readonly size: number;
  /** Lines that are not read yet. */
  remaining: number;
  /** Called when every line was processed. */
  readonly done: (() => void) | undefined;
  /** Number of the line that was read last, from 1. */
  lineNumber = 0;
  readonly #bytes: Buffer;
  #offset = 0;
  #decoded: readonly string[] = [];
  #next = 0;

  constructor(source: LineSource, bytes: Buffer, count: number, done?: () => void) {
    this.source = source;
    this.#bytes = bytes;
    this.size = bytes.length;
    this.remaining = count;
    this.done = done;
  }

  /** Returns the next line, or undefined after the last one. */
  read(): string | undefined {
    if (this.remaining === 0) return undefined;
    if (this.#next >= this.#decoded.length) this.#decode();
    this.remaining--;
    this.lineNumber++;
    return this.#decoded[this.#next++];
  }

  #decode(): void {
    const bytes = this.#bytes;
    let end = bytes.length;
    if (end - this.#offset > DECODED_BYTES) {
      end = bytes.lastIndexOf(LINE_FEED, this.#offset + DECODED_BYTES) + 1;
      if (end <= this.#offset) end = bytes.indexOf(LINE_FEED, this.#offset) + 1 || bytes.length;
    }
    // The last line feed ends a line, it does not begin another one.
    const textEnd = bytes[end - 1] === LINE_FEED ? end - 1 : end;
    this.#decoded = bytes.toString('utf8', this.#offset, textEnd).split('\n');
    this.#next = 0;
    this.#offset = end;
  }
}
