import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The namespace that the driver numbers processes in: the host's. The kernel gives it the same name everywhere. */
const HOST_NAMESPACE = 'pid:[4026531836]';

/**
 * Names of processes, read once for as long as a process is asked for in every sample. None where this process sees other
 * numbers than the driver, in a container: a name would be that of somebody else.
 */
export class ProcessNames {
  readonly #root: string;
  readonly #seesHost: boolean;
  /** Of this sample and of the one before. */
  #names = new Map<number, string>();
  #before = new Map<number, string>();
  #changed = false;

  constructor(root = '/proc') {
    this.#root = root;
    this.#seesHost = linkAt(join(root, 'self/ns/pid')) === HOST_NAMESPACE;
  }

  get names(): ReadonlyMap<number, string> {
    return this.#names;
  }

  /** Whether there are names now that were not there in the sample before. */
  get changed(): boolean {
    return this.#changed;
  }

  beginSample(): void {
    const spare = this.#before;
    spare.clear();
    this.#before = this.#names;
    this.#names = spare;
    this.#changed = false;
  }

  /** A process of this sample. */
  need(pid: number): void {
    if (!this.#seesHost || this.#names.has(pid)) return;
    let name = this.#before.get(pid);
    if (name === undefined) {
      name = textAt(join(this.#root, String(pid), 'comm'));
      this.#changed = true;
    }
    this.#names.set(pid, name);
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Empty where there is none: that, too, need not be asked again. */
function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
