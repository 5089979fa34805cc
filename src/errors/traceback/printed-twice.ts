import { START } from './lines.js';
import type { Traceback } from './traceback.js';

/** A failure that was reported. */
interface Reported {
  readonly key: string;
  readonly frames: string;
  readonly isLogged: boolean;
}

const MAX_REMEMBERED = 16;
const MAX_KEY = 1000;

/**
 * Recognizes a failure that is printed again: first to a log, then because it was raised on; or again by an outer function, with more
 * frames; or within the message of a launcher, with its traceback. Two failures of equal text that were both logged, or both raised, are two.
 */
export class PrintedTwice {
  #reported: Reported[] = [];

  /** Returns true if the traceback prints a failure again. @param isLogged whether it was printed to a log */
  has({ type, message, traceback }: Traceback, isLogged: boolean): boolean {
    const key = `${type.slice(type.lastIndexOf('.') + 1)}: ${singleSpaced(message).slice(0, MAX_KEY)}`;
    if (message.includes(START) && this.#isWithin(message)) return true;
    const frames = framesOf(traceback);
    const index = this.#reported.findIndex(
      (each) =>
        each.key === key &&
        ((each.isLogged && !isLogged) ||
          (each.frames !== '' && frames !== each.frames && frames.endsWith(each.frames))),
    );
    if (index !== -1) this.#reported.splice(index, 1);
    if (index === -1 || isLogged) this.#reported.push({ key, frames, isLogged });
    if (this.#reported.length > MAX_REMEMBERED) this.#reported.shift();
    return index !== -1;
  }

  /** Returns true if a message contains a failure that was reported. */
  #isWithin(message: string): boolean {
    const text = singleSpaced(message);
    return this.#reported.some(({ key }) => text.includes(key));
  }
}

const singleSpaced = (text: string): string => text.replace(/\s+/g, ' ');

/** Returns the places of the frames, without what a log puts before them. */
const framesOf = (traceback: string): string =>
  (traceback.match(/File "[^"\n]{1,500}", line \d{1,7}, in .{1,200}/g) ?? []).join('\n');
