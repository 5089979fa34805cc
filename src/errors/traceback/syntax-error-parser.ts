import { readException } from './lines.js';
import type { Traceback } from './traceback.js';

/** Place of a syntax error in the program itself, for which Python prints no header. */
const PLACE = /^.{0,300}? {2}(?:File "[^"]{1,500}"|Cell In ?\[\d{1,7}\]), line \d{1,7}$/;
const SYNTAX_ERROR = /(?:SyntaxError|IndentationError|TabError)(?:: .*)?$/;
const MAX_LINES = 5;

/** Reads syntax errors of the program itself: a place, the source, and the exception. */
export class SyntaxErrorParser {
  readonly #onTraceback: (traceback: Traceback) => void;
  #lines: string[] = [];

  constructor(onTraceback: (traceback: Traceback) => void) {
    this.#onTraceback = onTraceback;
  }

  /** True if the parser must read the line. */
  static concerns(line: string, parser: SyntaxErrorParser): boolean {
    return parser.#lines.length > 0 || line.includes('  File "') || line.includes('Cell In');
  }

  read(line: string): void {
    if (PLACE.test(line)) {
      this.#lines = [line];
      return;
    }
    if (this.#lines.length === 0) return;
    this.#lines.push(line);
    const at = line.search(/(?:SyntaxError|IndentationError|TabError)\b/);
    const exception = at !== -1 && SYNTAX_ERROR.test(line) ? readException(line.slice(at)) : undefined;
    if (exception !== undefined) {
      const traceback = this.#lines.join('\n');
      this.#lines = [];
      this.#onTraceback({ ...exception, traceback, causes: [] });
    } else if (this.#lines.length > MAX_LINES) this.#lines = [];
  }
}
