import { readlinkSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { hasErrorCode } from '../../../common/error-code.js';
import { TurnBudget } from '../../../common/turn-budget.js';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';

/** Pause between two searches, ms. */
const SEARCH_PAUSE_MS = 10_000;
/** Pause before a process without device files is searched again although nothing about it has changed, ms. It doubles. */
const MAX_PAUSE_MS = 60_000;
/** Time for which a sample examines processes, ms. The next sample continues the search. */
const BUDGET_MS = 100;
/** Entries of a process that are examined. Device files are opened early, and descriptors are numbered in order. */
const MAX_DESCRIPTORS = 16_384;
const MAX_DEVICE_FILES = 256;
const DEVICE_FILES = '/dev/dri/';
/** Every namespace of process IDs has it, and it belongs to root. */
const FIRST_PROCESS = 1;

/** A device file of a graphics card that a process has open. */
export interface DeviceFile {
  readonly pid: number;
  /** Path of the file with the statistics of its client. */
  readonly fdinfo: string;
  /** Name of the device file, such as `renderD128`. */
  readonly node: string;
}

interface KnownProcess {
  /** Number of open descriptors as the kernel counts them; 0 before Linux 6.2. */
  descriptorCount: number;
  /** Identifies the process together with its number, which is used again. */
  inode: number;
  dueAt: number;
  pauseMs: number;
  isDenied: boolean;
  files: readonly DeviceFile[];
}

/**
 * Finds the processes that have device files of graphics cards open. A search looks at each process of the host, so it is made now and
 * then, in slices between other work, and only where a process may have opened or closed files since.
 */
export class ProcessScan {
  readonly #proc: string;
  readonly #files: SerialFileReader;
  readonly #processes = new Map<number, KnownProcess>();
  #pending: number[] = [];
  #nextSearchAt = 0;
  #hasSearched = false;
  /** False if `/proc` hides the processes of other users (`hidepid`). */
  #hasFirst = true;

  /** @param proc folder of the processes, `/proc` */
  constructor(proc: string, files: SerialFileReader) {
    this.#proc = proc;
    this.#files = files;
  }

  /** False if there is no list of processes. */
  get isAvailable(): boolean {
    return this.#processes.size > 0;
  }

  /** True if the kernel does not list some processes or their descriptors: those of other users. */
  get isDenied(): boolean {
    if (!this.#hasFirst) return true;
    for (const { isDenied } of this.#processes.values()) if (isDenied) return true;
    return false;
  }

  /** True if a search has looked at each process. */
  get hasSearched(): boolean {
    return this.#hasSearched;
  }

  /** Device files, by process in the order in which they were found. */
  *deviceFiles(): Generator<DeviceFile> {
    for (const { files } of this.#processes.values()) yield* files;
  }

  /** Begins a search if one is due, or continues it. Returns true if one has ended. */
  async run(signal: AbortSignal): Promise<boolean> {
    if (this.#pending.length === 0) {
      if (performance.now() < this.#nextSearchAt) return false;
      await this.#begin();
    }
    const deadline = performance.now() + BUDGET_MS;
    const turn = new TurnBudget();
    while (this.#pending.length > 0) {
      if (performance.now() >= deadline || signal.aborted) return false;
      if (turn.isSpent) await turn.next();
      await this.#examine(this.#pending.pop() as number);
    }
    this.#hasSearched = this.#processes.size > 0;
    return true;
  }

  async #begin(): Promise<void> {
    const names = await this.#files.list(this.#proc, /^\d+$/);
    const turn = new TurnBudget();
    const pids = new Set(Float64Array.from(names, Number).sort().reverse());
    this.#hasFirst = pids.has(FIRST_PROCESS);
    const known: number[] = [];
    const others: number[] = [];
    for (const pid of pids) {
      if (turn.isSpent) await turn.next();
      if (this.#processes.has(pid)) known.push(pid);
      else others.push(pid);
    }
    if (known.length < this.#processes.size)
      for (const pid of this.#processes.keys()) if (!pids.has(pid)) this.#processes.delete(pid);
    // The last is examined first: known processes wait for new ones.
    this.#pending = known.concat(others);
    this.#nextSearchAt = performance.now() + SEARCH_PAUSE_MS;
  }

  async #examine(pid: number): Promise<void> {
    const folder = `${this.#proc}/${pid}/fd`;
    const entry = statOf(folder);
    if (entry === undefined) {
      this.#processes.delete(pid);
      return;
    }
    const known = this.#processes.get(pid);
    const isSame = known?.inode === entry.ino && known.descriptorCount === entry.size;
    const now = performance.now();
    if (isSame && now < known.dueAt) return;
    const { files, isDenied } = await this.#search(
      pid,
      folder,
      known?.inode === entry.ino ? known.files : [],
    );
    const pauseMs =
      files.length > 0
        ? SEARCH_PAUSE_MS
        : Math.min(MAX_PAUSE_MS, isSame ? 2 * known.pauseMs : SEARCH_PAUSE_MS);
    this.#processes.set(pid, {
      descriptorCount: entry.size,
      inode: entry.ino,
      // Slightly earlier than the search that is to examine it again.
      dueAt: now + pauseMs - SEARCH_PAUSE_MS / 2,
      pauseMs,
      isDenied,
      files,
    });
  }

  async #search(
    pid: number,
    folder: string,
    before: readonly DeviceFile[],
  ): Promise<Pick<KnownProcess, 'files' | 'isDenied'>> {
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      return { files: [], isDenied: hasErrorCode(error, 'EACCES', 'EPERM') };
    }
    const files: DeviceFile[] = [];
    const turn = new TurnBudget();
    for (const name of names.slice(0, MAX_DESCRIPTORS)) {
      if (turn.isSpent) await turn.next();
      const target = linkTarget(`${folder}/${name}`);
      if (target?.startsWith(DEVICE_FILES)) {
        const file = {
          pid,
          fdinfo: `${this.#proc}/${pid}/fdinfo/${name}`,
          node: target.slice(DEVICE_FILES.length),
        };
        files.push(before.find(({ fdinfo, node }) => fdinfo === file.fdinfo && node === file.node) ?? file);
        if (files.length >= MAX_DEVICE_FILES) break;
      }
    }
    return { files, isDenied: false };
  }
}

/** The calls for files of `/proc` do not wait for a device or a network, and take microseconds. */
function statOf(path: string): { readonly ino: number; readonly size: number } | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
