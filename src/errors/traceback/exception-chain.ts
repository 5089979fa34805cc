import { BoundedText } from './bounded-text.js';
import type { OpenMessage } from './open-message.js';
import type { PrintedException, Traceback } from './traceback.js';

const MAX_TRACEBACK_LENGTH = 65_536;
const MAX_CAUSES = 16;
const MAX_MEMBERS = 64;

/** The exceptions of one traceback: the last one, those that it was raised from, and the members of a group. */
export class ExceptionChain {
  /** Last exception, whose message is not complete yet. */
  open: OpenMessage | undefined;
  /** True inside of an exception group. */
  isInGroup = false;
  #causes: PrintedException[] = [];
  #members: Traceback[] = [];
  /** Text of the chain, and of the open member of a group. */
  readonly #text = new BoundedText(0, MAX_TRACEBACK_LENGTH);
  readonly #memberText = new BoundedText(0, MAX_TRACEBACK_LENGTH);

  get hasMembers(): boolean {
    return this.#members.length > 0;
  }

  /** Appends a line to the text of the chain; in a group, to that of the member. */
  append(line: string): void {
    (this.isInGroup ? this.#memberText : this.#text).append(`${line}\n`);
  }

  /** Appends a line of a group to the text of the chain. */
  appendToGroup(line: string): void {
    this.#text.append(`${line}\n`);
  }

  /** Ends the message of the last exception. @param isProven true if a link follows: all lines before it belong to the message */
  endMessage(isProven: boolean): void {
    const tail = this.open?.end(isProven) ?? '';
    if (tail !== '') this.append(tail);
  }

  /** Makes the last exception a cause of the next one; of a group, each of its members. */
  addCause(): void {
    const nearest =
      this.open === undefined
        ? this.#members.map(({ type, message }) => ({ type, message }))
        : [this.open.toException()];
    if (!this.isInGroup) this.#members = [];
    this.open = undefined;
    this.#causes = [...nearest, ...this.#causes].slice(0, MAX_CAUSES);
  }

  /** Makes the last exception a member of the group. */
  addMember(): void {
    if (this.open !== undefined && this.#members.length < MAX_MEMBERS)
      this.#members.push(this.#toTraceback());
  }

  /** Drops the last exception and its causes, but not their text: it is part of the next one. */
  drop(): void {
    this.#memberText.clear();
    this.open = undefined;
    this.#causes = [];
  }

  /** Drops the members of the group. */
  dropMembers(): void {
    this.#members = [];
  }

  /** Drops everything. */
  clear(): void {
    this.isInGroup = false;
    this.#members = [];
    this.#text.clear();
    this.drop();
  }

  /** Returns the tracebacks to report. @param isComplete true if the last exception is one of them */
  toTracebacks(isComplete: boolean): readonly Traceback[] {
    return isComplete && this.open !== undefined ? [...this.#members, this.#toTraceback()] : this.#members;
  }

  #toTraceback(): Traceback {
    return {
      type: '',
      message: '',
      ...this.open?.toException(),
      traceback: (this.isInGroup ? this.#memberText : this.#text).toString().trimEnd(),
      causes: this.#causes,
    };
  }
}
