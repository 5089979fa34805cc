import { stripVTControlCharacters } from 'node:util';
import { BoundedText } from './bounded-text.js';
import { escapedTracebacks } from './escaped-traceback.js';
import { LinePrefix } from './line-prefix.js';
import { IGNORED, isLogged, withoutMargin } from './lines.js';
import { PrintedTwice } from './printed-twice.js';
import { SyntaxErrorParser } from './syntax-error-parser.js';
import type { Traceback } from './traceback.js';
import { TracebackParser } from './traceback-parser.js';

const MAX_LINE_HEAD = 65_536;
const MAX_LINE_TAIL = 16_384;
/** Text of every first line, which is not interrupted by colors. */
const MARK = '(most recent call last)';
/** Tracebacks that are open at once, such as one a rank. */
const MAX_STREAMS = 64;
/** Lines of others after which a traceback is complete. */
const MAX_SILENT_LINES = 1024;
/** First line: of a traceback, of a group, or of a box by rich. */
const HEADER =
  /^(?<prefix>.{0,300}?)(?:(?<group> {2}\+ Exception Group |\+ Exception Group )?Traceback \(most recent call last\):\s{0,40}$|(?<box>[╭┌+][─-]{1,300} Traceback \(most recent call last\) [─-]{1,300}[╮┐+]?\s{0,40}$))/;
const FRAME = /^(?: {2}|> )File "|^ {4}\S/;

interface Stream {
  prefix: LinePrefix;
  readonly parser: TracebackParser;
  isNew: boolean;
  /** Number of the last line of the stream. */
  lastLine: number;
}

/** Finds Python tracebacks in a stream of text. Its buffers are bounded for any input. */
export class TracebackReader {
  readonly #onTraceback: (traceback: Traceback) => void;
  readonly #partialLine = new BoundedText(MAX_LINE_HEAD, MAX_LINE_TAIL);
  readonly #printedTwice = new PrintedTwice();
  readonly #syntaxErrors = new SyntaxErrorParser((traceback) => this.#report(traceback, false));
  #streams: Stream[] = [];
  #previousLine = '';
  #lineNumber = 0;

  constructor(onTraceback: (traceback: Traceback) => void) {
    this.#onTraceback = onTraceback;
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get pending(): boolean {
    return this.#streams.some(({ parser }) => parser.isPending);
  }

  write(text: string): void {
    let from = 0;
    for (let to = text.indexOf('\n'); to !== -1; to = text.indexOf('\n', from)) {
      if (this.#partialLine.isEmpty && to - from <= MAX_LINE_HEAD) this.#readLine(text.slice(from, to));
      else {
        this.#partialLine.append(text.slice(from, to));
        this.#readPartialLine();
      }
      from = to + 1;
    }
    if (from < text.length) this.#partialLine.append(text.slice(from));
  }

  /** Reports the tracebacks that have been complete since the last call, however much was written meanwhile. */
  settle(): void {
    for (const { parser } of this.#streams) parser.settle();
    this.#dropIdle();
  }

  /** Reports the pending tracebacks whose next line would follow without a prefix: something else was printed there. */
  interrupt(): void {
    for (const { prefix, parser } of this.#streams)
      if (prefix.length === 0 && parser.isPending) parser.finish();
    this.#dropIdle();
  }

  /** Reports the pending tracebacks: no more lines follow. */
  flush(): void {
    if (!this.#partialLine.isEmpty) this.#readPartialLine();
    for (const { parser } of this.#streams) parser.finish();
    this.#streams = [];
  }

  #readPartialLine(): void {
    const line = this.#partialLine.toString();
    this.#partialLine.clear();
    this.#readLine(line);
  }

  #readLine(raw: string): void {
    // A program without traceback costs two substring searches a line.
    const isHeader = raw.includes(MARK);
    if (!isHeader && this.#streams.length === 0 && !SyntaxErrorParser.concerns(raw, this.#syntaxErrors)) {
      this.#previousLine = raw;
      return;
    }
    const line = visibleText(raw);
    const escaped = isHeader ? escapedTracebacks(line) : undefined;
    if (escaped !== undefined) this.#readEscaped(escaped);
    else if (!isHeader || !this.#readHeader(line)) {
      if (this.#streams.length === 0) this.#syntaxErrors.read(line);
      else this.#readInside(line);
    }
    this.#previousLine = line;
    this.#dropIdle();
  }

  #readEscaped(texts: readonly string[]): void {
    for (const text of texts) {
      for (const traceback of readTracebacks(text)) this.#report(traceback, true);
    }
  }

  #readHeader(line: string): boolean {
    const groups = HEADER.exec(line)?.groups;
    if (groups === undefined) return false;
    const { prefix = '', group, box } = groups;
    const options = { group: group !== undefined, boxWidth: box?.trimEnd().length };
    const header = line.slice(prefix.length);
    const open = this.#streamOf(line);
    if (open?.stream.parser.isChained) {
      if (open.content !== header) return withoutMargin(open.content) === undefined;
      open.stream.parser.start(header, options);
      return true;
    }
    if (open?.content === header) {
      open.stream.parser.finish();
      this.#dropIdle();
    }
    if (this.#previousLine.includes(IGNORED)) return true;
    const logged = isLogged(prefix) || isLogged(this.#previousLine);
    const parser = new TracebackParser((traceback) => this.#report(traceback, logged));
    parser.start(header, options);
    const linePrefix = open?.content === header ? open.stream.prefix : new LinePrefix(prefix);
    this.#streams.push({ prefix: linePrefix, parser, isNew: true, lastLine: this.#lineNumber });
    if (this.#streams.length > MAX_STREAMS) this.#streams.shift()?.parser.finish();
    return true;
  }

  #readInside(line: string): void {
    if (++this.#lineNumber % MAX_SILENT_LINES === 0) this.#finishSilent();
    let best = this.#streamOf(line);
    if (best === undefined) {
      // Not a prefix, but an unfinished line, such as a progress bar.
      const unprefixed = FRAME.test(line) ? this.#streams.findLast(({ isNew }) => isNew) : undefined;
      if (unprefixed === undefined) return;
      unprefixed.prefix = new LinePrefix('');
      best = { stream: unprefixed, content: line };
    }
    best.stream.isNew = false;
    best.stream.lastLine = this.#lineNumber;
    best.stream.parser.read(best.content);
  }

  #finishSilent(): void {
    for (const { parser, lastLine } of this.#streams) {
      if (lastLine <= this.#lineNumber - MAX_SILENT_LINES) parser.finish();
    }
    this.#dropIdle();
  }

  /** Returns the stream with the longest prefix that the line has, and the line without it. */
  #streamOf(line: string): { stream: Stream; content: string } | undefined {
    let best: { stream: Stream; content: string } | undefined;
    for (const stream of this.#streams) {
      const content = stream.prefix.strip(line);
      if (content === undefined) continue;
      if (best === undefined || stream.prefix.length > best.stream.prefix.length) best = { stream, content };
    }
    return best;
  }

  #report(traceback: Traceback, logged: boolean): void {
    if (!this.#printedTwice.has(traceback, logged)) this.#onTraceback(traceback);
  }

  #dropIdle(): void {
    if (this.#streams.some(({ parser }) => parser.isIdle)) {
      this.#streams = this.#streams.filter(({ parser }) => !parser.isIdle);
    }
  }
}

/** Returns the text of a line that a terminal shows: without colors, and after the last carriage return. */
function visibleText(raw: string): string {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const visible = line.includes('\x1b') ? stripVTControlCharacters(line) : line;
  return visible.slice(visible.lastIndexOf('\r') + 1);
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
