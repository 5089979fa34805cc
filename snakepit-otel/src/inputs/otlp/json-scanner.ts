import { MalformedMessage, type Range } from '../protobuf.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;

/** Values within one value that is parsed at once: with other names each, so many take 50 ms. No span has as many. */
const MAX_VALUES = 100_000;

/**
 * Finds where parts of a JSON text are, step by step. The time is linear, and nesting takes no stack. A text that is not JSON gives
 * ranges that are not, or MalformedMessage.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  #at: number;

  /** @param start where the value begins */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = bytes;
    this.#at = start;
  }

  /** Enters an object. Returns false, and stays before it, if the next value is none. */
  enterObject(): boolean {
    return this.#enter(OPEN_OBJECT);
  }

  /** Enters a list. Returns false, and stays before it, if the next value is none. */
  enterList(): boolean {
    return this.#enter(OPEN_LIST);
  }

  /** Goes to the value of the next member. Returns its name; undefined, and leaves the object, after the last one. */
  nextMember(): string | undefined {
    if (!this.#goToNext(CLOSE_OBJECT)) return undefined;
    if (this.#code() !== QUOTE) throw malformed();
    const { start, end } = this.skipValue();
    this.#skipSpace();
    if (this.#code() !== COLON) throw malformed();
    this.#at++;
    return nameIn(this.#bytes, start, end);
  }

  /** Goes to the next item. Returns false, and leaves the list, after the last one. */
  nextItem(): boolean {
    return this.#goToNext(CLOSE_LIST);
  }

  /**
   * Passes over a value. Returns its range.
   *
   * @param maxValues number of values within it
   */
  skipValue(maxValues = MAX_VALUES): Range {
    this.#skipSpace();
    const start = this.#at;
    const code = this.#code();
    if (code === QUOTE) this.#skipText();
    else if (code === OPEN_OBJECT || code === OPEN_LIST) this.#skipNested(maxValues);
    else {
      while (this.#at < this.#bytes.length && !isEndOfValue(this.#code())) this.#at++;
      if (this.#at === start) throw malformed();
    }
    return { start, end: this.#at };
  }

  #enter(open: number): boolean {
    this.#skipSpace();
    if (this.#code() !== open) return false;
    this.#at++;
    return true;
  }

  #goToNext(close: number): boolean {
    this.#skipSpace();
    if (this.#code() === COMMA) {
      this.#at++;
      this.#skipSpace();
    }
    if (this.#at >= this.#bytes.length) throw malformed();
    if (this.#code() !== close) return true;
    this.#at++;
    return false;
  }

  #code(): number {
    return this.#bytes[this.#at] ?? 0;
  }

  #skipSpace(): void {
    const bytes = this.#bytes;
    while (this.#at < bytes.length && (bytes[this.#at] as number) <= SPACE) this.#at++;
  }

  #skipText(): void {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    if (at >= bytes.length) throw malformed();
    this.#at = at + 1;
  }

  #skipNested(maxValues: number): void {
    const bytes = this.#bytes;
    let depth = 0;
    let values = 0;
    do {
      if (this.#at >= bytes.length) throw malformed();
      const code = bytes[this.#at];
      if (code === QUOTE) {
        this.#skipText();
        continue;
      }
      if (code === OPEN_OBJECT || code === OPEN_LIST) {
        depth++;
        values++;
      } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
      else if (code === COMMA) values++;
      if (values > maxValues) throw new MalformedMessage(`more than ${maxValues} values in one item`);
      this.#at++;
    } while (depth > 0);
  }
}

const isEndOfValue = (code: number): boolean =>
  code <= SPACE || code === COMMA || code === CLOSE_LIST || code === CLOSE_OBJECT;

/** Bytes of a name that is compared with others. */
const MAX_NAME_BYTES = 256;

/** Returns a name; an empty one for one that is longer than any name that is asked for. */
function nameIn(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > MAX_NAME_BYTES) return '';
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  try {
    return text.includes('\\') ? JSON.parse(text) : text.slice(1, -1);
  } catch {
    throw malformed();
  }
}

const malformed = () => new MalformedMessage('the body is not JSON');
