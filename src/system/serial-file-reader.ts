import { list, readBytes, readText } from './files.js';

/**
 * Reads files one after another. A driver that hangs behind one of them then blocks one thread of the pool that all file
 * access of the host shares, not all of them.
 */
export class SerialFileReader {
  readonly #signal: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  /** @param signal stops reading: further files read as absent */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  text(path: string): Promise<string | undefined> {
    return this.#enqueue(() => readText(path, this.#signal), undefined);
  }

  bytes(path: string): Promise<Uint8Array | undefined> {
    return this.#enqueue(() => readBytes(path, this.#signal), undefined);
  }

  /** Reads the number in a file; `undefined` if there is none. */
  async number(path: string): Promise<number | undefined> {
    const text = await this.text(path);
    return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
  }

  /** Lists the entries of a folder whose names match; empty if there is no such folder. */
  list(folder: string, pattern: RegExp): Promise<string[]> {
    return this.#enqueue(() => list(folder, pattern), []);
  }

  #enqueue<T>(read: () => Promise<T>, fallback: T): Promise<T> {
    const result = this.#last.then(() => (this.#signal.aborted ? fallback : read()));
    this.#last = result;
    return result;
  }
}
