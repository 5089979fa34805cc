import { list, readText } from './files.js';

/**
 * Reads files one after the other. A driver that hangs behind one of them then holds one thread of the pool that all file
 * access of the host goes through, not all of them.
 */
export class SerialFileReader {
  #last: Promise<unknown> = Promise.resolve();

  /** @param signal no further file is read once it is aborted */
  constructor(readonly signal: AbortSignal) {}

  text(path: string): Promise<string | undefined> {
    return this.#inTurn(() => readText(path, this.signal), undefined);
  }

  /** The number in a file; `undefined` where there is none. */
  async number(path: string): Promise<number | undefined> {
    const text = await this.text(path);
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  /** The entries of a folder whose names match; none where there is no such folder. */
  list(folder: string, pattern: RegExp): Promise<string[]> {
    return this.#inTurn(() => list(folder, pattern), []);
  }

  #inTurn<T>(read: () => Promise<T>, nothing: T): Promise<T> {
    const turn = this.#last.then(() => (this.signal.aborted ? nothing : read()));
    this.#last = turn;
    return turn;
  }
}
