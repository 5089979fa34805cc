import { BoundedText } from './bounded-text.js';
import { continuesMessage } from './continuation.js';
import * as lines from './lines.js';
import type { PrintedException, Traceback } from './traceback.js';

const MAX_MESSAGE_HEAD = 20_480;
const MAX_MESSAGE_TAIL = 16_384;
const MAX_TRACEBACK_LENGTH = 65_536;
const MAX_CAUSES = 16;
const MAX_LEAVES = 64;
/** Characters of output that only a message prints at once. */
const MIN_TAIL = 8_192;
/** Empty lines after which a message is complete. */
const MAX_BLANK_LINES = 20;
/** Lines of others among the frames after which a traceback is given up. */
const MAX_FOREIGN_LINES = 200;

type State =
  | 'outside'
  | 'frames'
  | 'member'
  | 'message'
  /** After lines that are part of the message if there are many, or if a link of a chain follows. */
  | 'tail'
  | 'closed'
  | 'group'
  | 'cause'
  | 'context';

/** Reads the tracebacks of one stream of lines, from which prefixes are removed. */
export class TracebackParser {
  readonly #onTraceback: (traceback: Traceback) => void;
  #state: State = 'outside';
  #inGroup = false;
  #type = '';
  #message = new BoundedText(MAX_MESSAGE_HEAD, MAX_MESSAGE_TAIL);
  /** Text of the chain, and of the open member of a group. */
  #text = new BoundedText(0, MAX_TRACEBACK_LENGTH);
  #memberText = new BoundedText(0, MAX_TRACEBACK_LENGTH);
  #tail = new BoundedText(MAX_MESSAGE_HEAD, MAX_MESSAGE_TAIL);
  #tailLength = 0;
  /** What may be an exception among the frames: a word in lower case before a colon. */
  #candidate: PrintedException | undefined;
  #causes: PrintedException[] = [];
  #leaves: Traceback[] = [];
  #lastFrame = '';
  #previousLine = '';
  #blankLines = 0;
  #foreignLines = 0;
  #boxWidth: number | undefined;
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

  /** Reads the first line of a traceback. @param boxWidth width of the box that rich draws */
  start(line: string, { group = false, boxWidth }: { group?: boolean; boxWidth?: number } = {}): void {
    if (this.#state === 'cause') this.#causes = this.#takeCauses();
    else if (this.#state === 'context') this.#forget();
    else if (!this.#inGroup) this.finish();
    this.#inGroup ||= group;
    this.#state = 'frames';
    this.#boxWidth = boxWidth;
    this.#lastFrame = '';
    this.#foreignLines = 0;
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
    if (this.#tailLength >= MIN_TAIL) this.#takeTail();
    if (this.#inGroup) this.#finishMember();
    const open = ['message', 'tail', 'closed', 'cause', 'context'].includes(this.#state) && !this.#inGroup;
    const found = open && this.#type !== '' ? [...this.#leaves, this.#toTraceback()] : this.#leaves;
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
    if (this.#type !== '' && this.#leaves.length < MAX_LEAVES && this.#state !== 'frames') {
      this.#leaves.push(this.#toTraceback());
    }
    this.#forget();
  }

  #readLine(line: string): void {
    switch (this.#state) {
      case 'outside':
        return;
      case 'frames':
      case 'member':
        this.#readFrame(line);
        break;
      default:
        this.#readAfterException(line);
    }
    if (!lines.isBlank(line)) this.#previousLine = line;
  }

  #readFrame(line: string): void {
    const exception = lines.isIndented(line) ? undefined : lines.readException(line);
    if (exception !== undefined && lines.isClassName(exception.type)) {
      this.#readMessage(exception);
      this.#append(line);
    } else if (exception !== undefined && this.#lastFrame !== '') {
      this.#candidate ??= exception;
    } else if (lines.isBlank(line) || lines.isIndented(line) || /^> File "/.test(line) || lines.isBox(line)) {
      if (/^(?:> | {2})File "|^[│|] \S/.test(line)) this.#lastFrame = line;
      this.#append(line);
    } else if (
      this.#state === 'frames' &&
      (++this.#foreignLines > MAX_FOREIGN_LINES || this.#lastFrame === '')
    ) {
      this.#reset();
    }
  }

  #readMessage({ type, message }: PrintedException): void {
    this.#state = 'message';
    this.#type = type;
    this.#message.clear();
    this.#message.append(message);
    this.#candidate = undefined;
    this.#blankLines = 0;
    this.#isAged = false;
  }

  #readAfterException(line: string): void {
    if (line === lines.CAUSE || line === lines.CONTEXT) {
      this.#takeTail();
      this.#state = line === lines.CAUSE ? 'cause' : 'context';
      this.#append(line);
    } else if (lines.isBlank(line)) {
      this.#append(line);
      if (++this.#blankLines > MAX_BLANK_LINES) this.finish();
    } else if (this.#state === 'message' && line.trim() === '"""') {
      this.#state = 'closed';
      this.#append(line);
    } else if (this.#state === 'message' && this.#continues(line)) {
      this.#message.append(`${'\n'.repeat(this.#blankLines + 1)}${line}`);
      this.#blankLines = 0;
      this.#append(line);
    } else if (this.#mayContinue(line)) {
      this.#state = 'tail';
      const text = `${'\n'.repeat(this.#blankLines + 1)}${line}`;
      this.#tail.append(text);
      this.#tailLength += text.length;
      this.#blankLines = 0;
    } else this.finish();
  }

  #mayContinue(line: string): boolean {
    return (
      (this.#state === 'message' || this.#state === 'tail') &&
      !lines.isLogLine(line) &&
      !lines.isProgress(line)
    );
  }

  /** Adds the lines after the message to it. */
  #takeTail(): void {
    if (this.#tailLength === 0) return;
    this.#message.append(this.#tail.toString());
    this.#append(this.#tail.toString().slice(1));
    this.#tail.clear();
    this.#tailLength = 0;
  }

  #continues(line: string): boolean {
    return (
      this.#inGroup ||
      continuesMessage(line, {
        type: this.#type,
        lastFrame: this.#lastFrame,
        previousLine: this.#previousLine,
        afterBlank: this.#blankLines > 0,
        boxWidth: this.#boxWidth,
      })
    );
  }

  /** Returns the exceptions that the next one was raised from: of a group, its members. */
  #takeCauses(): PrintedException[] {
    const { type, message, causes } = this.#toTraceback();
    const nearest = type === '' ? this.#leaves.map((leaf) => ({ ...leaf })) : [{ type, message }];
    const taken = [...nearest.map(({ type, message }) => ({ type, message })), ...causes];
    if (!this.#inGroup) this.#leaves = [];
    this.#type = '';
    return taken.slice(0, MAX_CAUSES);
  }

  #toTraceback(): Traceback {
    return {
      type: this.#type,
      message: this.#message.toString().trimEnd(),
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
    this.#tail.clear();
    this.#tailLength = 0;
    this.#candidate = undefined;
    this.#type = '';
    this.#message.clear();
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
    this.#previousLine = '';
  }
}
