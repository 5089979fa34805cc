import type { Traceback } from './traceback.js';

/** Word of the first line, which no other line costs more than a search for. */
const MARK = 'terminat';
/** First line by libstdc++. */
const TERMINATE = /^(.{0,300}?)terminate called after throwing an instance of '(.{1,300})'$/;
const WHAT = /^\s{0,8}what\(\): {0,8}(.*)$/;
/** The only line by libc++: class and message. */
const UNCAUGHT =
  /libc\+\+abi(?:\.dylib)?: terminating (?:due to|with) uncaught exception of type ([^\s:]{1,200}(?:::[^\s:]{1,200}){0,8})(?:: (.*))?$/;

/** Reads exceptions of C++ that end the process: `terminate called after throwing an instance of …` and its `what()`. */
export class TerminateParser {
  readonly #onTraceback: (traceback: Traceback) => void;
  #open: { readonly line: string; readonly prefix: string; readonly type: string } | undefined;

  constructor(onTraceback: (traceback: Traceback) => void) {
    this.#onTraceback = onTraceback;
  }

  /** True if the parser must read the line. */
  static concerns(line: string, parser: TerminateParser): boolean {
    return parser.#open !== undefined || line.includes(MARK);
  }

  /** Returns true if the line belongs to such an exception. */
  read(line: string): boolean {
    const open = this.#open;
    const message =
      open !== undefined && line.startsWith(open.prefix)
        ? WHAT.exec(line.slice(open.prefix.length))?.[1]
        : undefined;
    this.#report(message, message === undefined ? '' : `\n${line}`);
    if (message !== undefined) return true;
    const [, prefix = '', type] = TERMINATE.exec(line) ?? [];
    if (type !== undefined) {
      this.#open = { line, prefix, type };
      return true;
    }
    const [, uncaught, text = ''] = UNCAUGHT.exec(line) ?? [];
    if (uncaught === undefined) return false;
    this.#onTraceback({ type: uncaught, message: text, traceback: line, causes: [] });
    return true;
  }

  /** Reports an exception without message: no more lines follow. */
  finish(): void {
    this.#report();
  }

  #report(message = '', rest = ''): void {
    if (this.#open === undefined) return;
    const { line, type } = this.#open;
    this.#open = undefined;
    this.#onTraceback({ type, message: message.trimEnd(), traceback: `${line}${rest}`, causes: [] });
  }
}
