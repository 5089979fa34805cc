import { readHeader } from './header.js';
import { IGNORED, isLogged, withoutMargin } from './lines.js';
import { type Found, Streams } from './streams.js';
import type { Traceback } from './traceback.js';
import { TracebackParser } from './traceback-parser.js';

/** Lines of others after which a traceback is complete. */
const MAX_SILENT_LINES = 1024;
/** Name of a field of a message whose value is a traceback: `  traceback : `. */
const LABEL = /^\s{1,20}\w[\w ]{0,30}: $/;
/** Words before the traceback of a worker in a message, such as `Original Traceback`. */
const ORIGINAL = /^(?:Original|Remote|Worker|Child|Inner) (?:[a-z]{1,12} )?$/i;
const FRAME = /^(?: {2}|> )File "|^ {4}\S/;

/** Reads the tracebacks that are open, one for each prefix that lines of several processes have. */
export class OpenTracebacks {
  readonly #onTraceback: (traceback: Traceback, logged: boolean) => void;
  readonly #streams = new Streams();
  #lineNumber = 0;

  /** @param onTraceback receives each traceback, and true if it was logged */
  constructor(onTraceback: (traceback: Traceback, logged: boolean) => void) {
    this.#onTraceback = onTraceback;
  }

  /** True if no traceback is open. */
  get isEmpty(): boolean {
    return this.#streams.size === 0;
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get isPending(): boolean {
    return this.#streams.all().some(({ parser }) => parser.isPending);
  }

  /** Returns true if the line begins a traceback, or is no line of the open ones. @param previousLine line before it */
  readHeader(line: string, previousLine: string): boolean {
    const header = readHeader(line);
    if (header === undefined) return false;
    const { prefix } = header;
    const text = line.slice(prefix.length);
    const open = this.#streams.find(line);
    if (open?.stream.parser.isPending && LABEL.test(prefix)) return false;
    if (open !== undefined && isEnclosed(open, text)) {
      open.stream.parser.enclose();
      open.stream.parser.start(text, header);
      return true;
    }
    if (open?.stream.parser.isChained) {
      if (open.content !== text) return withoutMargin(open.content) === undefined;
      open.stream.parser.start(text, header);
      return true;
    }
    if (open?.content === text) {
      open.stream.parser.finish();
      this.#streams.dropIdle();
    }
    if (previousLine.includes(IGNORED)) return true;
    const logged = isLogged(prefix) || isLogged(previousLine);
    const parser = new TracebackParser((traceback) => this.#onTraceback(traceback, logged));
    parser.start(text, header);
    const prefixText = open?.content === text ? open.stream.prefixText : prefix;
    this.#streams.add(prefixText, parser, this.#lineNumber)?.parser.finish();
    return true;
  }

  /** Reads a line that is no header. */
  read(line: string): void {
    if (++this.#lineNumber % MAX_SILENT_LINES === 0) this.#finishSilent();
    const found = this.#streams.find(line) ?? this.#findUnprefixed(line);
    if (found !== undefined) {
      const { stream, content } = found;
      stream.isNew = false;
      stream.lastLine = this.#lineNumber;
      stream.parser.read(content);
    }
    this.#streams.dropIdle();
  }

  /** Drops the exception group that the line follows: its members are in boxes. */
  dropGroup(line: string): void {
    this.#streams.find(line)?.stream.parser.dropGroup();
    this.#streams.dropIdle();
  }

  /** Reports the tracebacks that have been complete since the last call. */
  settle(): void {
    for (const { parser } of this.#streams.all()) parser.settle();
    this.#streams.dropIdle();
  }

  /** Reports the pending tracebacks whose lines have no prefix. */
  finishUnprefixed(): void {
    for (const { prefix, parser } of this.#streams.all()) {
      if (prefix.length === 0 && parser.isPending) parser.finish();
    }
    this.#streams.dropIdle();
  }

  /** Reports the pending tracebacks. */
  finish(): void {
    for (const { parser } of this.#streams.all()) parser.finish();
    this.#streams.dropIdle();
  }

  /** Returns the last stream if what is before its header is no prefix, but an unfinished line, such as a progress bar. */
  #findUnprefixed(line: string): Found | undefined {
    if (!FRAME.test(line)) return undefined;
    const stream = this.#streams.all().findLast(({ isNew }) => isNew);
    return stream && { stream: this.#streams.withoutPrefix(stream), content: line };
  }

  #finishSilent(): void {
    for (const { parser, lastLine } of this.#streams.all()) {
      if (lastLine <= this.#lineNumber - MAX_SILENT_LINES) parser.finish();
    }
    this.#streams.dropIdle();
  }
}

/** True if the message of the exception before is the traceback that begins: one of another process, which failed with it. */
function isEnclosed({ stream: { parser }, content }: Found, header: string): boolean {
  const label = content.slice(0, content.length - header.length);
  return label === '' ? parser.awaitsText : ORIGINAL.test(label) && parser.isInMessage;
}
