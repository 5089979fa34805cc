import { BoundedText } from './bounded-text.js';
import type { Header } from './header.js';
import * as lines from './lines.js';
import { LinkReader } from './link-reader.js';
import { OpenMessage } from './open-message.js';
import type { PrintedException, Traceback } from './traceback.js';

const MAX_TRACEBACK_LENGTH = 65_536;
const MAX_CAUSES = 16;
const MAX_LEAVES = 64;
/** Lines that are empty or of others among the frames, after which a traceback is given up. */
const MAX_FOREIGN_LINES = 200;
/** Lines of frames, with their source and variables, after which a traceback is given up. */
const MAX_FRAME_LINES = 100_000;
/** Lines of frames by IPython, which other output resembles. */
const MAX_CELL_LINES = 5_000;

/** End of the message of an exception group. */
const GROUP = /\(\d{1,6} sub-exceptions?\)$/;

type State = 'outside' | 'frames' | 'member' | 'message' | 'closed' | 'group' | 'cause' | 'context';

/** Reads the tracebacks of one stream of lines, from which prefixes are removed. */
export class TracebackParser {
  readonly #onTraceback: (traceback: Traceback) => void;
  #state: State = 'outside';
  #inGroup = false;
  #open: OpenMessage | undefined;
  /** Text of the chain, and of the open member of a group. */
  #text = new BoundedText(0, MAX_TRACEBACK_LENGTH);
  #memberText = new BoundedText(0, MAX_TRACEBACK_LENGTH);
  /** What may be an exception among the frames: a word in lower case before a colon. */
  #candidate: PrintedException | undefined;
  #causes: PrintedException[] = [];
  #leaves: Traceback[] = [];
  #lastFrame = '';
  #foreignLines = 0;
  #frameLines = 0;
  #boxWidth: number | undefined;
  /** Class of the exception of a traceback by IPython, whose last line begins with it. */
  #cellType: string | undefined;
  readonly #links = new LinkReader();
  /** True if the line of the exception ends in a colon. */
  #isUnfinished = false;
  #isAged = false;

  constructor(onTraceback: (traceback: Traceback) => void) {
    this.#onTraceback = onTraceback;
  }

  /** True if no traceback is open. */
  get isIdle(): boolean {
    return this.#state === 'outside';
  }

  /** True if the next traceback belongs to this one. */
  get isChained(): boolean {
    return this.#inGroup || this.#state === 'cause' || this.#state === 'context';
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get isPending(): boolean {
    return (
      !['outside', 'frames', 'member'].includes(this.#state) ||
      this.#leaves.length > 0 ||
      this.#candidate !== undefined
    );
  }

  /** True if the message of an exception is open. */
  get isInMessage(): boolean {
    return this.#state === 'message' && !this.#inGroup;
  }

  /** True if the message begins on the next line: a traceback that follows is its text. */
  get awaitsText(): boolean {
    return this.isInMessage && this.#isUnfinished && this.#open?.isEmpty === true;
  }

  /** Drops the exception whose message is the traceback that follows. */
  enclose(): void {
    this.#state = 'context';
  }

  /** Drops an open exception group: its members follow. */
  dropGroup(): void {
    if (this.isInMessage && GROUP.test(this.#open?.toException().message ?? '')) this.#reset();
  }

  /** Reads the first line of a traceback. */
  start(line: string, { group = false, boxWidth, cellType }: Partial<Header> = {}): void {
    if (this.#state === 'cause') this.#causes = this.#takeCauses();
    else if (this.#state === 'context') this.#forget();
    else if (!this.#inGroup) this.finish();
    this.#inGroup ||= group;
    this.#state = 'frames';
    this.#boxWidth = boxWidth;
    this.#cellType = cellType;
    this.#lastFrame = '';
    this.#foreignLines = 0;
    this.#frameLines = 0;
    this.#append(line);
    if (group) this.#text.append(`${line}\n`);
  }

  /** Reads a line. */
  read(line: string): void {
    if (this.#inGroup) {
      this.#text.append(`${line}\n`);
      const rule = lines.groupRule(line);
      if (rule !== undefined) {
        this.#readGroupRule(rule);
        return;
      }
      const content = lines.withoutMargin(line);
      if (content !== undefined) {
        this.#readMember(content);
        return;
      }
      // Python 3.11 prints the second line of a message without a margin.
      if (this.#state === 'message' && !lines.isLogLine(line)) {
        this.#readAfterException(line);
        return;
      }
      this.#finishMember();
      this.#inGroup = false;
      this.#state = 'group';
    }
    this.#readLine(line);
  }

  /** Reports a traceback that has been complete since the last call. */
  settle(): void {
    if (this.isPending && this.#isAged) this.finish();
    else this.#isAged = this.isPending;
  }

  /** Reports what is complete and drops the rest. */
  finish(): void {
    if (this.#candidate !== undefined && this.#state === 'frames') this.#readMessage(this.#candidate);
    this.#endMessage(false);
    if (this.#inGroup) this.#finishMember();
    const open = ['message', 'closed', 'cause', 'context'].includes(this.#state) && !this.#inGroup;
    const found = open && this.#open !== undefined ? [...this.#leaves, this.#toTraceback()] : this.#leaves;
    this.#reset();
    for (const traceback of found) this.#onTraceback(traceback);
  }

  #readMember(content: string): void {
    if (content.startsWith(`${lines.START}:`) || content.startsWith(`Exception Group ${lines.START}`)) {
      this.start(content);
    } else this.#readLine(content);
  }

  #readGroupRule(rule: 'first' | 'next'): void {
    // Before the first member is the group itself; only its members are reported.
    if (rule === 'next') this.#finishMember();
    this.#forget();
    this.#lastFrame = '';
    this.#state = 'member';
  }

  #finishMember(): void {
    if (this.#open !== undefined && this.#leaves.length < MAX_LEAVES && this.#state !== 'frames') {
      this.#leaves.push(this.#toTraceback());
    }
    this.#forget();
  }

  #readLine(line: string): void {
    if (this.#state === 'frames' || this.#state === 'member') this.#readFrame(line);
    else if (this.#state !== 'outside') this.#readAfterException(line);
  }

  #readFrame(line: string): void {
    if (++this.#frameLines > MAX_FRAME_LINES) {
      this.finish();
      return;
    }
    const exception = lines.isIndented(line) ? undefined : lines.readException(line);
    if (this.#cellType !== undefined) this.#readCellFrame(line, exception, this.#cellType);
    else if (exception !== undefined && lines.isClassName(exception.type)) {
      this.#readMessage(exception);
      this.#isUnfinished = line.trimEnd().endsWith(':');
      this.#append(line);
    } else if (exception !== undefined && this.#lastFrame !== '') {
      this.#candidate ??= exception;
      if (++this.#foreignLines > MAX_FOREIGN_LINES) this.finish();
    } else if (
      !lines.isBlank(line) &&
      (lines.isIndented(line) || /^> File "/.test(line) || lines.isBox(line))
    ) {
      if (/^(?:> | {2})File "|^[│|] \S/.test(line)) this.#lastFrame = line;
      this.#append(line);
    } else if (
      this.#state === 'frames' &&
      (++this.#foreignLines > MAX_FOREIGN_LINES || (this.#lastFrame === '' && !lines.isBlank(line)))
    ) {
      this.#reset();
    } else if (lines.isBlank(line)) this.#append(line);
  }

  /** Reads a line of a traceback by IPython: everything before the class that the header names is a frame. */
  #readCellFrame(line: string, exception: PrintedException | undefined, cellType: string): void {
    if (this.#frameLines > MAX_CELL_LINES) {
      this.finish();
      return;
    }
    if (exception !== undefined && `.${exception.type}`.endsWith(`.${cellType}`))
      this.#readMessage(exception);
    else if (lines.isCellFrame(line)) this.#lastFrame = line;
    this.#append(line);
  }

  #readMessage(exception: PrintedException): void {
    this.#state = 'message';
    this.#open = new OpenMessage(exception, this.#lastFrame, this.#boxWidth);
    this.#candidate = undefined;
    this.#isAged = false;
  }

  #readAfterException(line: string): void {
    const link = this.#links.read(line, this.#boxWidth !== undefined);
    if (link === 'begun') this.#append(line);
    else if (link !== undefined) {
      this.#endMessage(true);
      this.#state = link;
      this.#append(line);
    } else if (this.#cellType !== undefined && lines.isCellRule(line)) this.finish();
    else if (this.#state === 'message' && line.trim() === '"""') {
      this.#state = 'closed';
      this.#append(line);
    } else if (this.#state === 'message' && this.#open !== undefined) {
      const place = this.#open.add(line, this.#inGroup);
      if (place === 'ended') this.finish();
      else if (place === 'message') this.#append(line);
    } else if (lines.isBlank(line) && ++this.#foreignLines <= MAX_FOREIGN_LINES) this.#append(line);
    else this.finish();
  }

  /** @param isProven true if a link follows: all lines before it belong to the message */
  #endMessage(isProven: boolean): void {
    const tail = this.#open?.end(isProven) ?? '';
    if (tail !== '') this.#append(tail);
  }

  /** Returns the exceptions that the next one was raised from: of a group, its members. */
  #takeCauses(): PrintedException[] {
    const nearest =
      this.#open === undefined
        ? this.#leaves.map(({ type, message }) => ({ type, message }))
        : [this.#open.toException()];
    if (!this.#inGroup) this.#leaves = [];
    this.#open = undefined;
    return [...nearest, ...this.#causes].slice(0, MAX_CAUSES);
  }

  #toTraceback(): Traceback {
    return {
      type: '',
      message: '',
      ...this.#open?.toException(),
      traceback: (this.#inGroup ? this.#memberText : this.#text).toString().trimEnd(),
      causes: this.#causes,
    };
  }

  #append(line: string): void {
    (this.#inGroup ? this.#memberText : this.#text).append(`${line}\n`);
  }

  /** Drops the open exception and its causes, but not its text: it is part of the next one. */
  #forget(): void {
    this.#memberText.clear();
    this.#candidate = undefined;
    this.#open = undefined;
    this.#causes = [];
    if (!this.#inGroup && this.#state === 'context') this.#leaves = [];
  }

  #reset(): void {
    this.#state = 'outside';
    this.#inGroup = false;
    this.#leaves = [];
    this.#text.clear();
    this.#forget();
    this.#isAged = false;
  }
}
