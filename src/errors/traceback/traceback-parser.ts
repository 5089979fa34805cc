import { ExceptionChain } from './exception-chain.js';
import { FrameReader } from './frame-reader.js';
import type { Header } from './header.js';
import * as lines from './lines.js';
import { LinkReader } from './link-reader.js';
import { OpenMessage } from './open-message.js';
import type { PrintedException, Traceback } from './traceback.js';

/** End of the message of an exception group. */
const GROUP = /\(\d{1,6} sub-exceptions?\)$/;

type State = 'outside' | 'frames' | 'member' | 'message' | 'closed' | 'group' | 'cause' | 'context';

/** Reads the tracebacks of one stream of lines, from which prefixes are removed. */
export class TracebackParser {
  readonly #onTraceback: (traceback: Traceback) => void;
  #state: State = 'outside';
  readonly #chain = new ExceptionChain();
  readonly #frames = new FrameReader();
  readonly #links = new LinkReader();
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
    return this.#chain.isInGroup || this.#state === 'cause' || this.#state === 'context';
  }

  /** True if a traceback is complete unless more lines of it follow. */
  get isPending(): boolean {
    return (
      !['outside', 'frames', 'member'].includes(this.#state) ||
      this.#chain.hasMembers ||
      this.#frames.candidate !== undefined
    );
  }

  /** True if the message of an exception is open. */
  get isInMessage(): boolean {
    return this.#state === 'message' && !this.#chain.isInGroup;
  }

  /** True if the message begins on the next line: a traceback that follows is its text. */
  get awaitsText(): boolean {
    return this.isInMessage && this.#frames.endsInColon && this.#chain.open?.isEmpty === true;
  }

  /** Drops the exception whose message is the traceback that follows. */
  enclose(): void {
    this.#state = 'context';
  }

  /** Drops an open exception group: its members follow. */
  dropGroup(): void {
    if (this.isInMessage && GROUP.test(this.#chain.open?.toException().message ?? '')) this.#reset();
  }

  /** Reads the first line of a traceback. */
  start(line: string, header: Partial<Header> = {}): void {
    if (this.#state === 'cause') this.#chain.addCause();
    else if (this.#state === 'context') {
      this.#drop();
      if (!this.#chain.isInGroup) this.#chain.dropMembers();
    } else if (!this.#chain.isInGroup) this.finish();
    if (header.group) this.#chain.isInGroup = true;
    this.#state = 'frames';
    this.#frames.start(header);
    this.#chain.append(line);
    if (header.group) this.#chain.appendToGroup(line);
  }

  /** Reads a line. */
  read(line: string): void {
    if (this.#chain.isInGroup && this.#readInGroup(line)) return;
    this.#readLine(line);
  }

  /** Reports a traceback that has been complete since the last call. */
  settle(): void {
    if (this.isPending && this.#isAged) this.finish();
    else this.#isAged = this.isPending;
  }

  /** Reports what is complete and drops the rest. */
  finish(): void {
    const { candidate } = this.#frames;
    if (candidate !== undefined && this.#state === 'frames') this.#openMessage(candidate);
    this.#chain.endMessage(false);
    if (this.#chain.isInGroup) this.#finishMember();
    const isComplete =
      ['message', 'closed', 'cause', 'context'].includes(this.#state) && !this.#chain.isInGroup;
    const tracebacks = this.#chain.toTracebacks(isComplete);
    this.#reset();
    for (const traceback of tracebacks) this.#onTraceback(traceback);
  }

  /** Returns true if the line belongs to the exception group; otherwise ends the group. */
  #readInGroup(line: string): boolean {
    this.#chain.appendToGroup(line);
    const rule = lines.groupRule(line);
    const content = lines.withoutMargin(line);
    if (rule !== undefined) this.#readGroupRule(rule);
    else if (content !== undefined) this.#readMember(content);
    // Python 3.11 prints the second line of a message without a margin.
    else if (this.#state === 'message' && !lines.isLogLine(line)) this.#readAfterException(line);
    else {
      this.#finishMember();
      this.#chain.isInGroup = false;
      this.#state = 'group';
      return false;
    }
    return true;
  }

  #readMember(content: string): void {
    if (content.startsWith(`${lines.START}:`) || content.startsWith(`Exception Group ${lines.START}`)) {
      this.start(content);
    } else this.#readLine(content);
  }

  #readGroupRule(rule: 'first' | 'next'): void {
    // Before the first member is the group itself; only its members are reported.
    if (rule === 'next') this.#finishMember();
    this.#drop();
    this.#frames.startMember();
    this.#state = 'member';
  }

  #finishMember(): void {
    if (this.#state !== 'frames') this.#chain.addMember();
    this.#drop();
  }

  #readLine(line: string): void {
    if (this.#state === 'frames' || this.#state === 'member') this.#readFrame(line);
    else if (this.#state !== 'outside') this.#readAfterException(line);
  }

  #readFrame(line: string): void {
    const read = this.#frames.read(line, this.#state === 'member');
    if (read === 'frame') this.#chain.append(line);
    else if (read === 'ended') this.finish();
    else if (read === 'broken') this.#reset();
    else if (read !== 'foreign') {
      this.#openMessage(read);
      this.#chain.append(line);
    }
  }

  #openMessage(exception: PrintedException): void {
    const { lastFrame, boxWidth } = this.#frames;
    this.#state = 'message';
    this.#chain.open = new OpenMessage(exception, lastFrame, boxWidth);
    this.#frames.dropCandidate();
    this.#isAged = false;
  }

  #readAfterException(line: string): void {
    const link = this.#links.read(line, this.#frames.boxWidth !== undefined);
    const message = this.#state === 'message' ? this.#chain.open : undefined;
    if (link === 'begun') this.#chain.append(line);
    else if (link !== undefined) {
      this.#chain.endMessage(true);
      this.#state = link;
      this.#chain.append(line);
    } else if (this.#frames.isCell && lines.isCellRule(line)) this.finish();
    else if (this.#state === 'message' && line.trim() === '"""') {
      this.#state = 'closed';
      this.#chain.append(line);
    } else if (message !== undefined) {
      const place = message.add(line, this.#chain.isInGroup);
      if (place === 'ended') this.finish();
      else if (place === 'message') this.#chain.append(line);
    } else if (lines.isBlank(line) && !this.#frames.addForeign()) this.#chain.append(line);
    else this.finish();
  }

  #drop(): void {
    this.#chain.drop();
    this.#frames.dropCandidate();
  }

  #reset(): void {
    this.#state = 'outside';
    this.#chain.clear();
    this.#frames.dropCandidate();
    this.#isAged = false;
  }
}
