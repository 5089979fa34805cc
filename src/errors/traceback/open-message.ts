import { BoundedText } from './bounded-text.js';
import { continuesMessage } from './continuation.js';
import { isBlank, isFrame, isLaunched, isLogLine, isProgress } from './lines.js';
import type { PrintedException } from './traceback.js';

const MAX_HEAD = 20_480;
const MAX_TAIL = 16_384;
/** Characters of output that only a message prints at once. */
const MIN_TAIL = 8_192;
/** Empty lines after which a message is complete. */
const MAX_BLANK_LINES = 20;
/** Lines after which a message is complete. */
const MAX_LINES = 10_000;

/** The message of an exception whose end is not known yet. */
export class OpenMessage {
  /** Class of the exception. */
  readonly type: string;
  readonly #lastFrame: string;
  readonly #boxWidth: number | undefined;
  readonly #message = new BoundedText(MAX_HEAD, MAX_TAIL);
  /** Lines that are part of the message if there are many, or if a link of a chain follows. */
  readonly #tail = new BoundedText(MAX_HEAD, MAX_TAIL);
  #tailLength = 0;
  #blankLines = 0;
  #lines = 0;
  #previousLine: string;

  /**
   * @param lastFrame last frame of the traceback
   * @param boxWidth width of the box of a traceback by rich
   */
  constructor({ type, message }: PrintedException, lastFrame = '', boxWidth?: number) {
    this.type = type;
    this.#lastFrame = lastFrame;
    this.#boxWidth = boxWidth;
    this.#previousLine = message;
    this.#message.append(message);
  }

  /** Adds a line, and returns where to. @param isOwn true if the line is known to belong to the message */
  add(line: string, isOwn: boolean): 'message' | 'tail' | 'ended' {
    if (isBlank(line)) return ++this.#blankLines > MAX_BLANK_LINES ? 'ended' : 'message';
    if (++this.#lines > MAX_LINES) return 'ended';
    const text = `${'\n'.repeat(this.#blankLines + 1)}${line}`;
    if (isOwn || (this.#tailLength === 0 && this.#continues(line))) {
      this.#message.append(text);
      this.#previousLine = line;
      this.#blankLines = 0;
      return 'message';
    }
    if (isLogLine(line) || isProgress(line) || isLaunched(line) || isFrame(line)) return 'ended';
    this.#tail.append(text);
    this.#tailLength += text.length;
    this.#blankLines = 0;
    return 'tail';
  }

  /** Ends the message. @param isProven true if what follows proves that all lines belong to it @returns lines taken from the tail */
  end(isProven = false): string {
    if (!isProven && this.#tailLength < MIN_TAIL) return '';
    const tail = this.#tail.toString();
    this.#message.append(tail);
    this.#tail.clear();
    this.#tailLength = 0;
    return tail.slice(1);
  }

  /** True if nothing follows the class. */
  get isEmpty(): boolean {
    return this.#lines === 0 && this.#previousLine === '';
  }

  toException(): PrintedException {
    return { type: this.type, message: this.#message.toString().trimEnd() };
  }

  #continues(line: string): boolean {
    return continuesMessage(line, {
      type: this.type,
      lastFrame: this.#lastFrame,
      previousLine: this.#previousLine,
      afterBlank: this.#blankLines > 0,
      boxWidth: this.#boxWidth,
    });
  }
}
