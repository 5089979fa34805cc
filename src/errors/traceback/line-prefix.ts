/** Text that a launcher or a log puts before every line of a stream: `[rank0]: `, `(f pid=7) ERROR 07-29 21:48:50 [core.py:110] `. */
export class LinePrefix {
  /** Characters of the prefix. */
  readonly length: number;
  /** Characters without the spaces at the end. */
  readonly #trimmedLength: number;
  readonly #spaces: number;

  constructor(prefix: string) {
    this.length = prefix.length;
    this.#trimmedLength = prefix.trimEnd().length;
    this.#spaces = this.length - this.#trimmedLength;
  }

  /** Returns the line without its prefix. @param end where the prefix of the line ends, without spaces */
  strip(line: string, end: number): string {
    const rest = line.slice(end);
    const spaces = /^ */.exec(rest)?.[0].length ?? 0;
    if (this.#trimmedLength === 0) return spaces >= this.#spaces ? rest.slice(this.#spaces) : rest;
    // Columns are padded: a longer line number takes a space.
    if (end !== this.#trimmedLength && this.#spaces > 1 && end + spaces >= this.length) {
      return line.slice(this.length);
    }
    // Editors and logs trim white space at the end of a line.
    return rest.slice(Math.min(spaces, this.#spaces));
  }
}
