import type { Range } from '../protobuf.js';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
const ENDS_OF_VALUES = [COMMA, CLOSE_LIST, CLOSE_OBJECT];

/** Called for the value of a member. Has to read it. */
type ValueReader = (scanner: JsonScanner) => void;

/** Finds where parts of a valid JSON text are. The time is linear, and nesting takes no stack. */
export class JsonScanner {
  readonly #text: string;
  readonly #structure = /["{}[\]]/g;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Reads an object. Calls `readers` for the members with their names, as often as they are there. Returns its range. */
  readObject(readers: Readonly<Record<string, ValueReader>>): Range {
    return this.#read(OPEN_OBJECT, CLOSE_OBJECT, () => {
      const name = this.#readName();
      this.#skipSpace();
      if (this.#code === COLON) this.#at++;
      const reader = Object.hasOwn(readers, name) ? readers[name] : undefined;
      if (reader === undefined) this.skipValue();
      else reader(this);
    });
  }

  /** Reads a list. Calls `read` for each item. */
  readList(read: ValueReader): void {
    this.#read(OPEN_LIST, CLOSE_LIST, () => read(this));
  }

  /** True if the next value is an object. */
  get isAtObject(): boolean {
    this.#skipSpace();
    return this.#code === OPEN_OBJECT;
  }

  /** Passes over a value. Returns its range. */
  skipValue(): Range {
    this.#skipSpace();
    const start = this.#at;
    if (this.#code === QUOTE) this.#skipText();
    else if (this.#code === OPEN_OBJECT || this.#code === OPEN_LIST) this.#skipNested();
    else while (this.#at < this.#text.length && !this.#isAtEndOfValue) this.#at++;
    return { start, end: this.#at };
  }

  /** Reads an object or a list; any other value is passed over. */
  #read(open: number, close: number, readItem: () => void): Range {
    this.#skipSpace();
    if (this.#code !== open) return this.skipValue();
    const start = this.#at++;
    for (;;) {
      this.#skipSpace();
      if (this.#code === COMMA) this.#at++;
      else if (this.#code === close || this.#at >= this.#text.length) break;
      else readItem();
    }
    return { start, end: ++this.#at };
  }

  #readName(): string {
    const { start, end } = this.skipValue();
    const name = this.#text.slice(start + 1, end - 1);
    return name.includes('\\') ? JSON.parse(this.#text.slice(start, end)) : name;
  }

  get #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  get #isAtEndOfValue(): boolean {
    return this.#code <= SPACE || ENDS_OF_VALUES.includes(this.#code);
  }

  #skipSpace(): void {
    while (this.#code <= SPACE) this.#at++;
  }

  #skipText(): void {
    for (;;) {
      this.#at = this.#text.indexOf('"', this.#at + 1);
      let before = this.#at - 1;
      while (this.#text.charCodeAt(before) === BACKSLASH) before--;
      // Each pair of backslashes is a backslash.
      if ((this.#at - before) % 2 === 1) break;
    }
    this.#at++;
  }

  #skipNested(): void {
    let depth = 0;
    do {
      this.#structure.lastIndex = this.#at;
      this.#at = (this.#structure.exec(this.#text) as RegExpExecArray).index;
      const code = this.#code;
      if (code === QUOTE) {
        this.#skipText();
        continue;
      }
      depth += code === OPEN_OBJECT || code === OPEN_LIST ? 1 : -1;
      this.#at++;
    } while (depth > 0);
  }
}
