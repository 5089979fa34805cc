import { join } from 'node:path';
import { SerialFileReader } from '../../system/serial-file-reader.js';
import { type CgroupIds, parseCgroup } from './cgroup.js';

interface Known {
  /** Start of the process since boot, in ticks of the clock: it distinguishes processes that have had the same ID. */
  readonly startedAt: string | undefined;
  readonly ids: CgroupIds;
}

/** Time after which the starts of processes are compared again, ms. */
const INTERVAL_MS = 10_000;
/** Processes that are remembered: more than any sample has. */
const MAX_PROCESSES = 4096;
/** Position of `starttime` among the fields after the name, which may contain spaces. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const START_FIELD = 19;

/** Pod and container of processes, from their cgroups. Each is read once, and again for another process with the same ID. */
export class ProcessCgroups {
  readonly #proc: string;
  readonly #files: SerialFileReader;
  #byPid = new Map<number, Known>();
  #comparedAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  /** @param proc folder of processes @param signal ends reading */
  constructor(proc: string, signal: AbortSignal) {
    this.#proc = proc;
    this.#files = new SerialFileReader(signal);
  }

  of(pid: number): CgroupIds | undefined {
    return this.#byPid.get(pid)?.ids;
  }

  /** Reads the processes that are not known, and forgets those that are not listed. Never rejects. */
  read(pids: ReadonlySet<number>): Promise<void> | undefined {
    if (this.#reading !== undefined) return this.#reading;
    const now = performance.now();
    const isComparing = now - this.#comparedAt >= INTERVAL_MS;
    if (isComparing) this.#comparedAt = now;
    let unread = false;
    for (const pid of pids) unread ||= !this.#byPid.has(pid);
    if (!unread && !(isComparing && pids.size > 0)) return undefined;
    this.#reading = this.#read(pids, isComparing).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(pids: ReadonlySet<number>, isComparing: boolean): Promise<void> {
    const byPid = new Map<number, Known>();
    for (const pid of pids) {
      if (byPid.size >= MAX_PROCESSES) break;
      const known = this.#byPid.get(pid);
      if (known !== undefined && !isComparing) byPid.set(pid, known);
      else byPid.set(pid, await this.#readProcess(pid, known));
    }
    this.#byPid = byPid;
  }

  async #readProcess(pid: number, known: Known | undefined): Promise<Known> {
    const folder = join(this.#proc, String(pid));
    const stat = await this.#files.text(join(folder, 'stat'));
    const startedAt = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
    if (known !== undefined && known.startedAt === startedAt) return known;
    return { startedAt, ids: parseCgroup((await this.#files.text(join(folder, 'cgroup'))) ?? '') };
  }
}
