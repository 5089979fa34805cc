/** A moment, as in logs: `2026-01-01T10:00:00.123Z`, `07-29 21:48:50`, `10:13:05,123`. */
const TOKEN =
  /(?<moment>\d{1,4}(?:[-:./,T]\d{1,9}){1,8}(?:Z|[+-]\d\d:?\d\d)?)|(?<=\.(?:py|cc|cpp|cu|h|c|rs|go):)(?<line>\d{1,7})|(?<space> +)|(?<other>[\s\S])/g;
/** A part of a prefix that may differ from line to line. */
const VARIABLE = / |\d[-:./,T]\d|\.(?:py|cc|cpp|cu|h|c|rs|go):\d/;
const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;

/** Text that a launcher or a log puts before every line of a stream: `[rank0]: `, `(f pid=7) ERROR 07-29 21:48:50 [core.py:110] `. */
export class LinePrefix {
  readonly #length: number;
  readonly #trimmed: string;
  /** Beginning of the prefix that every line has. */
  readonly #literal: string;
  #pattern: RegExp | undefined;
  /** Spaces at the end. */
  readonly #spaces: number;

  constructor(prefix: string) {
    const trimmed = prefix.trimEnd();
    this.#length = prefix.length;
    this.#trimmed = trimmed;
    this.#spaces = prefix.length - trimmed.length;
    const variable = trimmed.search(VARIABLE);
    // A number before a variable part may be a part of it.
    this.#literal = variable === -1 ? trimmed : trimmed.slice(0, variable).replace(/[\d.,:/T-]{1,60}$/, '');
  }

  /** Characters of the prefix. */
  get length(): number {
    return this.#length;
  }

  /**
   * Returns the line without the prefix, or `undefined` if it has another one. Times and line numbers may differ; numbers of processes
   * and ranks may not.
   */
  strip(line: string): string | undefined {
    if (this.#trimmed === '') {
      return this.#spaces === 0 || line.startsWith(' '.repeat(this.#spaces))
        ? line.slice(this.#spaces)
        : line;
    }
    if (!line.startsWith(this.#literal)) return undefined;
    const end = this.#endOf(line);
    if (end === undefined) return undefined;
    const rest = line.slice(end);
    const spaces = /^ */.exec(rest)?.[0].length ?? 0;
    // Columns are padded: a longer line number takes a space.
    if (end !== this.#trimmed.length && this.#spaces > 1 && end + spaces >= this.#length) {
      return line.slice(this.#length);
    }
    // Editors and logs trim white space at the end of a line.
    return spaces >= this.#spaces ? rest.slice(this.#spaces) : rest.slice(spaces);
  }

  /** Returns the length of the prefix in a line that begins like it. */
  #endOf(line: string): number | undefined {
    if (this.#literal.length === this.#trimmed.length) return this.#literal.length;
    this.#pattern ??= new RegExp(`^${toSource(this.#trimmed)}`);
    return this.#pattern.exec(line)?.[0].length;
  }
}

function toSource(prefix: string): string {
  let source = '';
  for (const { groups } of prefix.matchAll(TOKEN)) {
    if (groups?.moment !== undefined) source += '\\d{1,4}(?:[-:./,T]\\d{1,9}){1,8}(?:Z|[+-]\\d\\d:?\\d\\d)?';
    else if (groups?.line !== undefined) source += '\\d{1,7}';
    else if (groups?.space !== undefined) source += ' {1,40}';
    else source += groups?.other?.replace(SPECIAL, '\\$&') ?? '';
  }
  return source;
}
