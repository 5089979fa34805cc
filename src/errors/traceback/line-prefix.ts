/** A moment, as in logs: `2026-01-01T10:00:00.123Z`, `07-29 21:48:50`, `10:13:05,123`. */
const TOKEN =
  /(?<moment>\d{1,4}(?:[-:./,T]\d{1,9}){1,8}(?:Z|[+-]\d\d:?\d\d)?)|(?<=\.(?:py|cc|cpp|cu|h|c|rs|go):)(?<line>\d{1,7})|(?<space> +)|(?<other>[\s\S])/g;
const SPECIAL = /[\\^$.*+?()[\]{}|/-]/g;

/** Text that a launcher or a log puts before every line of a stream: `[rank0]: `, `(f pid=7) ERROR 07-29 21:48:50 [core.py:110] `. */
export class LinePrefix {
  readonly #length: number;
  readonly #pattern: RegExp | undefined;
  /** Spaces at the end. */
  readonly #spaces: number;
  readonly #trimmedLength: number;

  constructor(prefix: string) {
    const trimmed = prefix.trimEnd();
    this.#length = prefix.length;
    this.#trimmedLength = trimmed.length;
    this.#spaces = prefix.length - trimmed.length;
    if (trimmed !== '') this.#pattern = new RegExp(`^${toSource(trimmed)}`);
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
    if (this.#pattern === undefined) {
      return this.#spaces === 0 || line.startsWith(' '.repeat(this.#spaces))
        ? line.slice(this.#spaces)
        : line;
    }
    const end = this.#pattern.exec(line)?.[0].length;
    if (end === undefined) return undefined;
    const rest = line.slice(end);
    const spaces = /^ */.exec(rest)?.[0].length ?? 0;
    // Columns are padded: a longer line number takes a space.
    if (end !== this.#trimmedLength && this.#spaces > 1 && end + spaces >= this.#length) {
      return line.slice(this.#length);
    }
    // Editors and logs trim white space at the end of a line.
    return spaces >= this.#spaces ? rest.slice(this.#spaces) : rest.slice(spaces);
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
