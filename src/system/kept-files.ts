import { close, open, read } from 'node:fs';
import { hasErrorCode } from '../common/error-code.js';

/** Descriptors that are kept. Further files are opened for each read: many services may have 1024 files open. */
const MAX_OPEN = 512;
/** Errors of a file that can be opened later, or that the host has no descriptor for. */
const TEMPORARY: readonly string[] = ['EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE', 'ENOMEM'];
const NO_DESCRIPTORS: readonly string[] = ['EMFILE', 'ENFILE'];
/** Larger than any file of a driver. What is beyond is not read. */
const BUFFER_BYTES = 16_384;
/** Errors of a file whose device or process has gone, and which may be there again under the same path. */
const GONE: readonly string[] = ['ENODEV', 'ENXIO', 'ENOENT', 'ESRCH', 'ESTALE'];

interface KeptFile {
  /** Undefined if the file cannot be opened, which is tried again after the next sweep. */
  descriptor: number | undefined;
  isUsed: boolean;
}

/**
 * Keeps the files of kernel drivers open. Reading one of them from its beginning returns its current value: one system call instead
 * of five. One read at a time.
 */
export class KeptFiles {
  readonly #files = new Map<string, KeptFile>();
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #openCount = 0;
  #limit = MAX_OPEN;
  #hasLost = false;
  #isClosed = false;
  /** Never rejects. */
  #reading: Promise<unknown> = Promise.resolve();

  /** Number of descriptors that are kept. */
  get openCount(): number {
    return this.#openCount;
  }

  /** Returns the content of a file, which is valid until the next read; `undefined` if it cannot be read now. */
  read(path: string): Promise<Buffer | undefined> {
    const result = this.#isClosed ? Promise.resolve(undefined) : this.#read(path);
    this.#reading = result;
    return result;
  }

  /** Returns true if a file that was open has gone since the last call, as when a driver is reloaded. */
  takeLost(): boolean {
    const hasLost = this.#hasLost;
    this.#hasLost = false;
    return hasLost;
  }

  /** Closes the files that were not read since the last sweep, and forgets those that could not be opened. */
  async sweep(): Promise<void> {
    for (const [path, file] of this.#files) {
      if (file.isUsed && file.descriptor !== undefined) file.isUsed = false;
      else await this.#forget(path, file);
    }
  }

  /** Closes all files, after a read in flight. Further reads find nothing. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reading;
    for (const [path, file] of this.#files) await this.#forget(path, file);
  }

  async #read(path: string): Promise<Buffer | undefined> {
    const known = this.#files.get(path);
    if (known === undefined) {
      if (this.#openCount >= this.#limit) return this.#readOnce(path);
      return this.#readNew(path);
    }
    known.isUsed = true;
    if (known.descriptor === undefined) return undefined;
    const content = await this.#content(known.descriptor);
    if (!(content instanceof Error)) return content;
    if (!hasErrorCode(content, ...GONE)) return undefined;
    this.#hasLost = true;
    await this.#forget(path, known);
    return this.#readNew(path);
  }

  async #readNew(path: string): Promise<Buffer | undefined> {
    const opened = await openFile(path);
    if (typeof opened !== 'number') {
      if (hasErrorCode(opened, ...NO_DESCRIPTORS)) await this.#giveUp();
      if (!hasErrorCode(opened, ...TEMPORARY)) this.#files.set(path, { descriptor: undefined, isUsed: true });
      return undefined;
    }
    this.#files.set(path, { descriptor: opened, isUsed: true });
    this.#openCount += 1;
    const content = await this.#content(opened);
    return content instanceof Error ? undefined : content;
  }

  /** Leaves the descriptors to the host, which has none left. */
  async #giveUp(): Promise<void> {
    this.#limit = 0;
    for (const [path, file] of this.#files) await this.#forget(path, file);
  }

  async #readOnce(path: string): Promise<Buffer | undefined> {
    const opened = await openFile(path);
    if (typeof opened !== 'number') return undefined;
    const content = await this.#content(opened);
    await closeFile(opened);
    return content instanceof Error ? undefined : content;
  }

  #content(descriptor: number): Promise<Buffer | Error> {
    return new Promise((resolve) => {
      read(descriptor, this.#buffer, 0, BUFFER_BYTES, 0, (error, length) =>
        resolve(error ?? this.#buffer.subarray(0, length)),
      );
    });
  }

  async #forget(path: string, { descriptor }: KeptFile): Promise<void> {
    this.#files.delete(path);
    if (descriptor === undefined) return;
    this.#openCount -= 1;
    await closeFile(descriptor);
  }
}

/** Returns the descriptor, or the error. */
const openFile = (path: string): Promise<number | Error> =>
  new Promise((resolve) => open(path, 'r', (error, descriptor) => resolve(error ?? descriptor)));

const closeFile = (descriptor: number): Promise<void> =>
  new Promise((resolve) => close(descriptor, () => resolve()));
