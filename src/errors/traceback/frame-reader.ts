import type { Header } from './header.js';
import * as lines from './lines.js';
import type { PrintedException } from './traceback.js';

/** Lines that are empty or of others among the frames, after which a traceback is given up. */
const MAX_FOREIGN_LINES = 200;
/** Lines of frames, with their source and variables, after which a traceback is given up. */
const MAX_FRAME_LINES = 100_000;
/** Lines of frames by IPython, which other output resembles. */
const MAX_CELL_LINES = 5_000;

/** Beginning of the place of a frame, also in a margin or a box. */
const PLACE = /^(?:> | {2})File "|^[│|] \S/;
/** Place of a frame whose line is the one that failed. */
const FAILED_PLACE = /^> File "/;

/**
 * Kind of a line: `frame` is part of the traceback, and `foreign` is not. After `ended` the traceback is complete, and after `broken` it
 * is none. A `PrintedException` is the first line of the message.
 */
export type FrameLine = PrintedException | 'frame' | 'foreign' | 'ended' | 'broken';

/** Reads the lines between the header of a traceback and the line of its exception. */
export class FrameReader {
  /** What may be an exception: a word in lower case before a colon. */
  #candidate: PrintedException | undefined;
  #lastFrame = '';
  #foreignLines = 0;
  #frameLines = 0;
  #boxWidth: number | undefined;
  /** Class of the exception of a traceback by IPython, whose last line begins with it. */
  #cellType: string | undefined;
  #endsInColon = false;

  /** Exception that the traceback has if its frames end here. */
  get candidate(): PrintedException | undefined {
    return this.#candidate;
  }

  get lastFrame(): string {
    return this.#lastFrame;
  }

  /** Width of the box that rich draws. */
  get boxWidth(): number | undefined {
    return this.#boxWidth;
  }

  /** True for a traceback by IPython. */
  get isCell(): boolean {
    return this.#cellType !== undefined;
  }

  /** True if the line of the exception ends in a colon: its message begins on the next line. */
  get endsInColon(): boolean {
    return this.#endsInColon;
  }

  /** Starts a traceback. */
  start({ boxWidth, cellType }: Partial<Header>): void {
    this.#boxWidth = boxWidth;
    this.#cellType = cellType;
    this.#lastFrame = '';
    this.#foreignLines = 0;
    this.#frameLines = 0;
  }

  /** Forgets the last frame: the next one is of another member of a group. */
  startMember(): void {
    this.#lastFrame = '';
  }

  dropCandidate(): void {
    this.#candidate = undefined;
  }

  /** Counts a line that is not part of the traceback. @returns true if there are too many */
  addForeign(): boolean {
    return ++this.#foreignLines > MAX_FOREIGN_LINES;
  }

  /** @param isBeforeMember true before the first frame of a member of a group, where other lines are no end */
  read(line: string, isBeforeMember: boolean): FrameLine {
    if (++this.#frameLines > MAX_FRAME_LINES) return 'ended';
    const exception = lines.isIndented(line) ? undefined : lines.readException(line);
    if (this.#cellType !== undefined) return this.#readCell(line, exception, this.#cellType);
    if (exception !== undefined && lines.isClassName(exception.type)) {
      this.#endsInColon = line.trimEnd().endsWith(':');
      return exception;
    }
    if (exception !== undefined && this.#lastFrame !== '') {
      this.#candidate ??= exception;
      return this.addForeign() ? 'ended' : 'foreign';
    }
    const isBlank = lines.isBlank(line);
    if (!isBlank && (lines.isIndented(line) || FAILED_PLACE.test(line) || lines.isBox(line))) {
      if (PLACE.test(line)) this.#lastFrame = line;
      return 'frame';
    }
    if (!isBeforeMember && (this.addForeign() || (this.#lastFrame === '' && !isBlank))) return 'broken';
    return isBlank ? 'frame' : 'foreign';
  }

  /** Reads a line of a traceback by IPython: everything before the class that the header names is a frame. */
  #readCell(line: string, exception: PrintedException | undefined, cellType: string): FrameLine {
    if (this.#frameLines > MAX_CELL_LINES) return 'ended';
    if (exception !== undefined && `.${exception.type}`.endsWith(`.${cellType}`)) return exception;
    if (lines.isCellFrame(line)) this.#lastFrame = line;
    return 'frame';
  }
}
