import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInHostPidNamespace } from '../../../system/host-namespace.js';

/**
 * Process names. Each is read once and kept while its process is in every sample. In a container there are none: process
 * IDs are different there, so that a name would be another process's.
 */
export class ProcessNames {
  readonly #root: string;
  readonly #areIdsOwn: boolean;
  /** Names of the current sample. */
  #names = new Map<number, string>();
  /** Names of the previous sample. */
  #previous = new Map<number, string>();
  #hasChanged = false;

  /** @param areIdsOwn true if process IDs are those of `root`. @default true on the host, whose IDs drivers report */
  constructor(root = '/proc', areIdsOwn = isInHostPidNamespace(root)) {
    this.#root = root;
    this.#areIdsOwn = areIdsOwn;
  }

  /** Names by process ID. Empty for a process that has none. */
  get names(): ReadonlyMap<number, string> {
    return this.#names;
  }

  /** True if the current sample has processes that the previous one did not have. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  beginSample(): void {
    const spare = this.#previous;
    spare.clear();
    this.#previous = this.#names;
    this.#names = spare;
    this.#hasChanged = false;
  }

  /** Adds a process to the current sample. */
  add(pid: number): void {
    if (!this.#areIdsOwn || this.#names.has(pid)) return;
    let name = this.#previous.get(pid);
    if (name === undefined) {
      name = readText(join(this.#root, String(pid), 'comm'));
      this.#hasChanged = true;
    }
    this.#names.set(pid, name);
  }
}

/** Returns an empty text if there is no such file, so that it is not read again. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
