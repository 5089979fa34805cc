import { MAX_LINE_BYTES } from 'opentelemetry-instrumentation-snakepit/internal';

const LINE_FEED = 10;
/** Byte order mark in UTF-8, which some programs write at the beginning of a file. */
const MARK = Buffer.from('\ufeff');

/** Returns the text of a file or stream, from its beginning, without the byte order mark. */
export const withoutMark = (bytes: Buffer): Buffer =>
  startsWith(bytes, MARK) ? bytes.subarray(MARK.length) : bytes;

const startsWith = (bytes: Buffer, start: Buffer): boolean => bytes.subarray(0, start.length).equals(start);

/** Complete lines, each with its line feed; only the last one may lack it. */
export interface Lines {
  readonly bytes: Buffer;
  /** Number of lines. */
  readonly count: number;
}

/** Collects the chunks of a stream to complete lines. Keeps at most one incomplete line; one that is too long is skipped. */
export class LineBuffer {
  #parts: Buffer[] = [];
  #length = 0;
  #isSkipping = false;
  /** What has come while it may be a part of the byte order mark; undefined after the beginning of the stream. */
  #beginning: Buffer | undefined = Buffer.alloc(0);
  readonly #onTooLong: () => void;

  /** @param onTooLong called for each line that is longer than the limit */
  constructor(onTooLong: () => void) {
    this.#onTooLong = onTooLong;
  }

  /** Returns the lines that the chunk completes. */
  push(received: Buffer): Lines | undefined {
    const chunk = this.#beginning === undefined ? received : this.#begin(this.#beginning, received);
    if (chunk === undefined) return undefined;
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return undefined;
    }
    let complete = chunk.subarray(0, end);
    if (this.#isSkipping) complete = complete.subarray(complete.indexOf(LINE_FEED) + 1);
    else if (this.#length > 0) complete = this.#completeFirst(complete);
    this.#clear();
    if (end < chunk.length) this.#keep(chunk.subarray(end));
    return complete.length === 0 ? undefined : { bytes: complete, count: countLines(complete) };
  }

  /** Returns the last line, which has no line feed. */
  takeRest(): Lines | undefined {
    const bytes = Buffer.concat([this.#beginning ?? Buffer.alloc(0), ...this.#parts]);
    this.#beginning = undefined;
    this.#clear();
    return bytes.length === 0 ? undefined : { bytes, count: 1 };
  }

  /** Returns the beginning of the stream without the byte order mark; undefined while it may be incomplete. */
  #begin(before: Buffer, chunk: Buffer): Buffer | undefined {
    const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
    const isIncomplete = bytes.length < MARK.length && startsWith(MARK, bytes);
    this.#beginning = isIncomplete ? bytes : undefined;
    return isIncomplete ? undefined : withoutMark(bytes);
  }

  #completeFirst(complete: Buffer): Buffer {
    const end = complete.indexOf(LINE_FEED);
    if (this.#length + end <= MAX_LINE_BYTES) return Buffer.concat([...this.#parts, complete]);
    this.#onTooLong();
    return complete.subarray(end + 1);
  }

  #keep(part: Buffer): void {
    if (this.#isSkipping) return;
    if (this.#length + part.length > MAX_LINE_BYTES) {
      this.#clear();
      this.#isSkipping = true;
      this.#onTooLong();
      return;
    }
    this.#length += part.length;
    this.#parts.push(part);
    // A peer that sends single bytes: few large parts instead of many small ones.
    if (this.#parts.length >= 256) this.#parts = [Buffer.concat(this.#parts)];
  }

  #clear(): void {
    this.#parts = [];
    this.#length = 0;
    this.#isSkipping = false;
  }
}

/**
 * Counts the lines of a text; a last one without line feed counts.
 *
 * @param limit number after which counting stops
 */
export function countLines(bytes: Buffer, limit = Number.POSITIVE_INFINITY): number {
  let count = 0;
  let start = 0;
  while (start < bytes.length && count <= limit) {
    const end = bytes.indexOf(LINE_FEED, start);
    count++;
    if (end < 0) break;
    start = end + 1;
  }
  return count;
}
