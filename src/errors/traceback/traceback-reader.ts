import { stripVTControlCharacters } from 'node:util';
import { BoundedText } from './bounded-text.js';
import { ContainerLines } from './container-lines.js';
import { escapedTracebacks } from './escaped-traceback.js';
import { readHeader } from './header.js';
import { IGNORED, isLogged, withoutMargin } from './lines.js';
import { MemberBox } from './member-box.js';
import { PrintedTwice } from './printed-twice.js';
import { type Found, Streams } from './streams.js';
import { STRUCTURED } from './structured-traceback.js';
import { SyntaxErrorParser } from './syntax-error-parser.js';
import { TerminateParser } from './terminate-parser.js';
import type { Traceback } from './traceback.js';
import { TracebackParser } from './traceback-parser.js';

const MAX_LINE_HEAD = 65_536;
const MAX_LINE_TAIL = 16_384;
/** Text of every first line, which is not interrupted by colors. */
const MARK = '(most recent call last)';
/** Exception groups of rich that are members of each other. */
const MAX_DEPTH = 8;
/** Lines of others after which a traceback is complete. */
const MAX_SILENT_LINES = 1024;
/** Name of a field of a message whose value is a traceback: `  traceback : `. */
const LABEL = /^\s{1,20}\w[\w ]{0,30}: $/;
/** Words before the traceback of a worker in a message, such as `Original Traceback`. */
const ORIGINAL = /^(?:Original|Remote|Worker|Child|Inner) (?:[a-z]{1,12} )?$/i;
const FRAME = /^(?: {2}|> )File "|^ {4}\S/;

/** What Ray adds to lines that several processes have printed. */
const REPEATED = / ?\[repeated \d{1,9}x across cluster\].{0,300}$/;

/** Finds Python tracebacks in a stream of text. Its buffers are bounded for any input. */
export class TracebackReader {
  readonly #onTraceback: (traceback: Traceback) => void;
  readonly #partialLine = new BoundedText(MAX_LINE_HEAD, MAX_LINE_TAIL);
  readonly #printedTwice = new PrintedTwice();
  readonly #syntaxErrors = new SyntaxErrorParser((traceback) => this.#report(traceback, false));
  readonly #terminate = new TerminateParser((traceback) => this.#report(traceback, false));
  readonly #streams = new Streams();
  readonly #containerLines = new ContainerLines();
  /** Reads the tracebacks in strings of JSON. */
  #escaped: TracebackReader | undefined;
  /** Box of the member of a group that is open, and the reader of its content. */
  #box: MemberBox | undefined;
  #members: TracebackReader | undefined;
  readonly #depth: number;
  #previousLine = '';
  #lineNumber = 0;

  /** @param depth number of boxes around the text */
  constructor(onTraceback: (traceback: Traceback) => void, depth = 0) {
    this.#onTraceback = onTraceback;
    this.#depth = depth;
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get pending(): boolean {
    return this.#members?.pending === true || this.#streams.all().some(({ parser }) => parser.isPending);
  }

  write(written: string): void {
    // Of UTF-16, as PowerShell redirects it, every second byte is 0.
    const text = written.includes('\0') ? written.replaceAll('\0', '') : written;
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
    this.#members?.settle();
    for (const { parser } of this.#streams.all()) parser.settle();
    this.#streams.dropIdle();
  }

  /** Reports the pending tracebacks whose next line would follow without a prefix: something else was printed there. */
  interrupt(): void {
    for (const { prefix, parser } of this.#streams.all()) {
      if (prefix.length === 0 && parser.isPending) parser.finish();
    }
    this.#streams.dropIdle();
  }

  /** Reports the pending tracebacks: no more lines follow. */
  flush(): void {
    if (!this.#partialLine.isEmpty) this.#readPartialLine();
    this.#terminate.finish();
    this.#closeBox();
    for (const { parser } of this.#streams.all()) parser.finish();
    this.#streams.dropIdle();
  }

  #readPartialLine(): void {
    const line = this.#partialLine.toString();
    this.#partialLine.clear();
    this.#readLine(line);
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
      this.#streams.size === 0 &&
      !SyntaxErrorParser.concerns(raw, this.#syntaxErrors)
    ) {
      this.#previousLine = raw;
      return;
    }
    const line = visibleText(raw);
    const escaped = isHeader || isStructured ? escapedTracebacks(line) : undefined;
    if (escaped !== undefined) this.#readEscaped(escaped);
    else if (!isHeader || !this.#readHeader(line)) {
      if (this.#streams.size === 0) this.#syntaxErrors.read(line);
      else {
        this.#readInside(line);
        this.#streams.dropIdle();
        // The line may have ended a message.
        if (this.#streams.size === 0) this.#syntaxErrors.read(line);
      }
    }
    this.#previousLine = line;
  }

  /** Returns true if the line may be one of a box. Boxes follow a group, whose traceback is still open, or boxes, or are in one. */
  #mayBeBoxed(raw: string): boolean {
    if (this.#box !== undefined) return true;
    if (this.#depth === 0 && this.#streams.size === 0 && this.#members === undefined) return false;
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
    this.#streams.find(line)?.stream.parser.dropGroup();
    this.#streams.dropIdle();
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

  #readHeader(line: string): boolean {
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
    if (this.#previousLine.includes(IGNORED)) return true;
    const logged = isLogged(prefix) || isLogged(this.#previousLine);
    const parser = new TracebackParser((traceback) => this.#report(traceback, logged));
    parser.start(text, header);
    const prefixText = open?.content === text ? open.stream.prefixText : prefix;
    this.#streams.add(prefixText, parser, this.#lineNumber)?.parser.finish();
    return true;
  }

  #readInside(line: string): void {
    if (++this.#lineNumber % MAX_SILENT_LINES === 0) this.#finishSilent();
    const found = this.#streams.find(line) ?? this.#findUnprefixed(line);
    if (found === undefined) return;
    const { stream, content } = found;
    stream.isNew = false;
    stream.lastLine = this.#lineNumber;
    stream.parser.read(content);
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

  #report(traceback: Traceback, logged: boolean): void {
    if (!this.#printedTwice.has(traceback, logged)) this.#onTraceback(traceback);
  }
}

/** True if the message of the exception before is the traceback that begins: one of another process, which failed with it. */
function isEnclosed({ stream: { parser }, content }: Found, header: string): boolean {
  const label = content.slice(0, content.length - header.length);
  return label === '' ? parser.awaitsText : ORIGINAL.test(label) && parser.isInMessage;
}

/** Returns the text of a line that a terminal shows: without colors, after the last carriage return, and without the count of repeats. */
function visibleText(raw: string): string {
  const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
  const visible = line.includes('\x1b') ? stripVTControlCharacters(line) : line;
  const shown = visible.slice(visible.lastIndexOf('\r') + 1);
  return shown.includes('x across cluster]') ? shown.replace(REPEATED, '') : shown;
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
