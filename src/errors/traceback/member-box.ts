/** Text of the first line, which is not interrupted by colors. */
const MARK = ' Sub-exception #';
const FIRST = /^(.{0,300}?)[╭┌+][─-]{1,300} Sub-exception #\d{1,6} [─-]{1,300}[╮┐+]\s{0,40}$/;
const LAST = /^[╰└+][─-]{3,600}[╯┘+]$/;
const MARGIN = /^[│|] ?/;
const RIGHT_MARGIN = /\s{0,600}[│|]$/;

/** A box around a member of an exception group, as rich draws it: `╭── Sub-exception #1 ──╮`. */
export class MemberBox {
  /** Text before the box on each of its lines, such as `[rank0]: `. */
  readonly #prefix: string;

  private constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** True if the line may be the first one of a box. */
  static concerns(line: string): boolean {
    return line.includes(MARK);
  }

  /** Returns the box that the line begins. */
  static open(line: string): MemberBox | undefined {
    const prefix = FIRST.exec(line)?.[1];
    return prefix === undefined ? undefined : new MemberBox(prefix);
  }

  /** Returns what the box contains on a line, `last` for its last line, or `undefined` for a line that is not in it. */
  read(line: string): { readonly content: string } | 'last' | undefined {
    if (!line.startsWith(this.#prefix)) return undefined;
    const text = line.slice(this.#prefix.length).trimEnd();
    if (LAST.test(text)) return 'last';
    return MARGIN.test(text) ? { content: text.replace(MARGIN, '').replace(RIGHT_MARGIN, '') } : undefined;
  }
}
