import { dirname } from 'node:path';
import { toMebibytes } from '../../../common/units.js';
import type { SerialFileReader } from '../../../system/serial-file-reader.js';
import type { KfdNode } from './kfd.js';

/** Pause between two readings of the memory that a process did not use, ms: it has a file for each GPU of the host. */
const UNUSED_PAUSE_MS = 10_000;
const MAX_PROCESSES = 512;

/** Memory and compute units of a GPU that a process of ROCm uses. */
export interface KfdUse {
  /** Process ID of the host. */
  readonly pid: number;
  readonly bytes: number;
  /** Share of the compute units that work for the process at this moment, %. */
  readonly computePercent: number | undefined;
}

/** Reads the processes of ROCm, whose work is not in the statistics of device files. Every user may read them. */
export class KfdProcesses {
  readonly #folder: string;
  readonly #files: SerialFileReader;
  /** By process and GPU: the time at which memory that was unused is read again, ms of `performance.now()`. */
  #unusedUntil = new Map<string, number>();

  /** @param folder `/sys/class/kfd/kfd/proc` */
  constructor(folder: string, files: SerialFileReader) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Returns the processes of each node that have memory on it, by `gpuId`. */
  async read(nodes: readonly KfdNode[]): Promise<ReadonlyMap<string, readonly KfdUse[]>> {
    const uses = new Map<string, KfdUse[]>();
    const unused = new Map<string, number>();
    const now = performance.now();
    const pids = (await this.#files.list(this.#folder, /^\d+$/)).slice(0, MAX_PROCESSES);
    // Old kernels do not list processes.
    if (pids.length === 0 && !(await this.#hasFolder())) return uses;
    for (const { gpuId, computeUnits } of nodes) {
      if (gpuId === undefined) continue;
      const ofNode: KfdUse[] = [];
      uses.set(gpuId, ofNode);
      for (const pid of pids) {
        const key = `${pid}/vram_${gpuId}`;
        const unusedUntil = this.#unusedUntil.get(key) ?? 0;
        if (now < unusedUntil) {
          unused.set(key, unusedUntil);
          continue;
        }
        const bytes = await this.#readBytes(key, unusedUntil > 0);
        if (!bytes) unused.set(key, now + UNUSED_PAUSE_MS);
        else
          ofNode.push({
            pid: Number(pid),
            bytes,
            computePercent: await this.#occupancy(pid, gpuId, computeUnits),
          });
      }
    }
    this.#unusedUntil = unused;
    return uses;
  }

  async #hasFolder(): Promise<boolean> {
    return (await this.#files.list(dirname(this.#folder), /^proc$/)).length > 0;
  }

  #readBytes(key: string, wasUnused: boolean): Promise<number | undefined> {
    const path = `${this.#folder}/${key}`;
    return wasUnused ? this.#files.numberOnce(path) : this.#files.number(path);
  }

  /** Only some kinds of GPU have the file. */
  async #occupancy(pid: string, gpuId: string, units: number | undefined): Promise<number | undefined> {
    if (!units) return undefined;
    const occupied = await this.#files.number(`${this.#folder}/${pid}/stats_${gpuId}/cu_occupancy`);
    return occupied === undefined ? undefined : Math.min(100, (occupied / units) * 100);
  }
}

/** Returns the memory that processes use, MiB. */
export const usedMib = (uses: readonly KfdUse[]): number | undefined =>
  toMebibytes(uses.reduce((sum, { bytes }) => sum + bytes, 0));
