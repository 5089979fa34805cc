import { list, readBytes, readText } from './files.js';
import type { KeptFiles } from './kept-files.js';

const NUMBER = /^-?\d+$/;

/**
 * Reads files one after another. A driver that hangs behind one of them then blocks one thread of the pool that all file
 * access of the host shares, not all of them.
 */
export class SerialFileReader {
  readonly #kept: KeptFiles | undefined;
  #signal: AbortSignal;
  #last: Promise<unknown> = Promise.resolve();

  /**
   * @param signal stops reading: further files read as absent
   * @param kept keeps the files open. @default each read opens and closes its file
   */
  constructor(signal: AbortSignal, kept?: KeptFiles) {
    this.#signal = signal;
    this.#kept = kept;
  }

  /** Begins a sample, which another signal stops. The previous one must have ended. */
  begin(signal: AbortSignal): void {
    this.#signal = signal;
  }

  /** Throws the reason of the signal if reading was stopped, so that files read as absent. */
  throwIfAborted(): void {
    this.#signal.throwIfAborted();
  }

  /** Reads the text of a file, and keeps it open if the reader keeps files open. */
  text(path: string): Promise<string | undefined> {
    const kept = this.#kept;
    if (kept === undefined) return this.textOnce(path);
    return this.#enqueue(async () => (await kept.read(path))?.toString().trim() || undefined, undefined);
  }

  /** Reads the text of a file that is not read again soon. */
  textOnce(path: string): Promise<string | undefined> {
    return this.#enqueue(() => readText(path, this.#signal), undefined);
  }

  bytes(path: string): Promise<Uint8Array | undefined> {
    const kept = this.#kept;
    return this.#enqueue(async () => {
      if (kept === undefined) return readBytes(path, this.#signal);
      const content = await kept.read(path);
      return content && new Uint8Array(content);
    }, undefined);
  }

  /** Reads the number in a file; `undefined` if there is none. */
  async number(path: string): Promise<number | undefined> {
    return parseNumber(await this.text(path));
  }

  /** Reads the number in a file that is not read again soon. */
  async numberOnce(path: string): Promise<number | undefined> {
    return parseNumber(await this.textOnce(path));
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

const parseNumber = (text: string | undefined): number | undefined =>
  text !== undefined && NUMBER.test(text) ? Number(text) : undefined;
