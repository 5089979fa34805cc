import { ContainerLines } from './container-lines.js';
import { escapedTracebacks } from './escaped-traceback.js';
import { LineSplitter } from './line-splitter.js';
import { MemberBox } from './member-box.js';
import { OpenTracebacks } from './open-tracebacks.js';
import { PrintedTwice } from './printed-twice.js';
import { STRUCTURED } from './structured-traceback.js';
import { SyntaxErrorParser } from './syntax-error-parser.js';
import { TerminateParser } from './terminate-parser.js';
import type { Traceback } from './traceback.js';
import { visibleText } from './visible-text.js';

/** Text of every first line, which is not interrupted by colors. */
const MARK = '(most recent call last)';
/** Exception groups of rich that are members of each other. */
const MAX_DEPTH = 8;

/** Finds Python tracebacks in a stream of text. Its buffers are bounded for any input. */
export class TracebackReader {
  readonly #onTraceback: (traceback: Traceback) => void;
  readonly #lines = new LineSplitter((line) => this.#readLine(line));
  readonly #containerLines = new ContainerLines();
  readonly #open = new OpenTracebacks((traceback, logged) => this.#report(traceback, logged));
  readonly #syntaxErrors = new SyntaxErrorParser((traceback) => this.#report(traceback, false));
  readonly #terminate = new TerminateParser((traceback) => this.#report(traceback, false));
  readonly #printedTwice = new PrintedTwice();
  /** Reads the tracebacks in strings of JSON. */
  #escaped: TracebackReader | undefined;
  /** Box of the member of a group that is open, and the reader of its content. */
  #box: MemberBox | undefined;
  #members: TracebackReader | undefined;
  readonly #depth: number;
  #previousLine = '';

  /** @param depth number of boxes around the text */
  constructor(onTraceback: (traceback: Traceback) => void, depth = 0) {
    this.#onTraceback = onTraceback;
    this.#depth = depth;
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get pending(): boolean {
    return this.#members?.pending === true || this.#open.isPending;
  }

  write(text: string): void {
    this.#lines.write(text);
  }

  /** Reports the tracebacks that have been complete since the last call, however much was written meanwhile. */
  settle(): void {
    this.#members?.settle();
    this.#open.settle();
  }

  /** Reports the pending tracebacks whose next line would follow without a prefix: something else was printed there. */
  interrupt(): void {
    this.#open.finishUnprefixed();
  }

  /** Reports the pending tracebacks: no more lines follow. */
  flush(): void {
    this.#lines.flush();
    this.#terminate.finish();
    this.#closeBox();
    this.#open.finish();
  }

  #readLine(written: string): void {
    const raw = this.#containerLines.restore(written);
    if (raw === undefined) return;
    // A program without traceback costs three substring searches a line.
    if (this.#mayBeBoxed(raw) && this.#readBox(visibleText(raw))) return;
    if (TerminateParser.concerns(raw, this.#terminate) && this.#terminate.read(visibleText(raw))) return;
    const isHeader = raw.includes(MARK);
    const isStructured = raw.startsWith('{') && raw.includes(STRUCTURED);
    if (
      !isHeader &&
      !isStructured &&
      this.#open.isEmpty &&
      !SyntaxErrorParser.concerns(raw, this.#syntaxErrors)
    ) {
      this.#previousLine = raw;
      return;
    }
    const line = visibleText(raw);
    const escaped = isHeader || isStructured ? escapedTracebacks(line) : undefined;
    if (escaped !== undefined) this.#readEscaped(escaped);
    else if (!isHeader || !this.#open.readHeader(line, this.#previousLine)) {
      if (!this.#open.isEmpty) this.#open.read(line);
      // The line may have ended the last message.
      if (this.#open.isEmpty) this.#syntaxErrors.read(line);
    }
    this.#previousLine = line;
  }

  /** Returns true if the line may be one of a box. Boxes follow a group, whose traceback is still open, or boxes, or are in one. */
  #mayBeBoxed(raw: string): boolean {
    if (this.#box !== undefined) return true;
    if (this.#depth === 0 && this.#open.isEmpty && this.#members === undefined) return false;
    return this.#depth < MAX_DEPTH && MemberBox.concerns(raw);
  }

  /** Returns true if the line belongs to the box of a member of a group. */
  #readBox(line: string): boolean {
    const read = this.#box?.read(line);
    if (read !== undefined && read !== 'last') {
      this.#members?.write(`${read.content}\n`);
      return true;
    }
    this.#closeBox();
    if (read === 'last') return true;
    this.#box = MemberBox.open(line);
    if (this.#box === undefined) return false;
    this.#members ??= new TracebackReader((traceback) => this.#report(traceback, false), this.#depth + 1);
    // As of the groups that Python prints, only the members are reported.
    this.#open.dropGroup(line);
    return true;
  }

  #closeBox(): void {
    if (this.#box !== undefined) this.#members?.flush();
    this.#box = undefined;
  }

  #readEscaped(texts: readonly string[]): void {
    this.#escaped ??= new TracebackReader((traceback) => this.#report(traceback, true));
    for (const text of texts) {
      this.#escaped.write(text);
      this.#escaped.flush();
    }
  }

  #report(traceback: Traceback, logged: boolean): void {
    if (!this.#printedTwice.has(traceback, logged)) this.#onTraceback(traceback);
  }
}

/** Returns the tracebacks in a text. */
export function readTracebacks(text: string): Traceback[] {
  if (text === '') return [];
  const tracebacks: Traceback[] = [];
  const reader = new TracebackReader((traceback) => tracebacks.push(traceback));
  reader.write(text);
  reader.flush();
  return tracebacks;
}
