import { CAUSE, CONTEXT } from './lines.js';

/** Shortest beginning of a link that a narrow terminal wraps. */
const MIN_BEGINNING = 20;

/** Reads the line between two exceptions of a chain, which rich wraps if it is longer than the terminal is wide. */
export class LinkReader {
  #beginning = '';

  /** Returns the kind of the link, `begun` for a part of one, or `undefined` for another line. @param isWrapped true if lines may be wrapped */
  read(line: string, isWrapped: boolean): 'cause' | 'context' | 'begun' | undefined {
    const text = this.#beginning === '' ? line : `${this.#beginning} ${line}`;
    this.#beginning = '';
    if (text === CAUSE) return 'cause';
    if (text === CONTEXT) return 'context';
    const beginning = text.trimEnd();
    if (!isWrapped || beginning.length < MIN_BEGINNING) return undefined;
    if (!CAUSE.startsWith(beginning) && !CONTEXT.startsWith(beginning)) return undefined;
    this.#beginning = beginning;
    return 'begun';
  }
}
