import { omitUndefined } from '../../../common/omit-undefined.js';
import { TurnBudget } from '../../../common/turn-budget.js';
import { toMebibytes } from '../../../common/units.js';
import { type GpuProcess, MAX_PROCESSES } from '../../readings.js';
import type { ClientUse } from './drm-clients.js';

/** Kinds of engines for video, by their names in amdgpu, i915 and xe. The others count as utilization of the GPU. */
const DECODERS: readonly string[] = ['dec', 'jpeg', 'video', 'vcs'];
const ENCODERS: readonly string[] = ['enc', 'enc_1'];
const OTHER_VIDEO: readonly string[] = ['vpe', 'video-enhance', 'vecs'];

interface ProcessUse {
  bytes: number | undefined;
  /** Time of each kind of engine that the clients of the process used together, %; `undefined` before it is known. */
  percents: Map<string, number> | undefined;
  computePercent: number | undefined;
}

/** The processes of one device, from their clients. */
export class ProcessTable {
  readonly #processes = new Map<number, ProcessUse>();

  /** @param isCounted true for the regions of memory that belong to the device */
  addClient({ pid, client, percents }: ClientUse, isCounted: (region: string) => boolean): void {
    const process = this.#processOf(pid);
    for (const [region, bytes] of client.memory)
      if (isCounted(region)) process.bytes = (process.bytes ?? 0) + bytes;
    for (const [kind, percent] of percents ?? []) {
      process.percents ??= new Map();
      process.percents.set(kind, (process.percents.get(kind) ?? 0) + percent);
    }
  }

  /** Adds what ROCm uses. Its memory may be that of a client as well. */
  addCompute(pid: number, bytes: number, computePercent: number | undefined): void {
    const process = this.#processOf(pid);
    process.bytes = Math.max(process.bytes ?? 0, bytes);
    process.computePercent = computePercent;
  }

  /** Returns the memory of all processes, bytes. */
  get bytes(): number {
    let sum = 0;
    for (const { bytes = 0 } of this.#processes.values()) sum += bytes;
    return sum;
  }

  /** Returns the processes with the most memory, largest first. */
  async list(nameOf: (pid: number) => string | undefined): Promise<GpuProcess[]> {
    const largest = [...this.#processes]
      .sort(([, one], [, other]) => (other.bytes ?? 0) - (one.bytes ?? 0))
      .slice(0, MAX_PROCESSES);
    const list: GpuProcess[] = [];
    const turn = new TurnBudget();
    for (const [pid, { bytes, percents, computePercent }] of largest) {
      // A new process has its name read.
      if (turn.isSpent) await turn.next();
      list.push(
        omitUndefined({
          pid,
          name: nameOf(pid),
          usedMib: toMebibytes(bytes),
          gpuPercent: busiest(isGraphicsOrCompute, percents, computePercent),
          encoderPercent: busiest((kind) => ENCODERS.includes(kind), percents),
          decoderPercent: busiest((kind) => DECODERS.includes(kind), percents),
        }),
      );
    }
    return list;
  }

  #processOf(pid: number): ProcessUse {
    let process = this.#processes.get(pid);
    if (process === undefined) {
      process = { bytes: undefined, percents: undefined, computePercent: undefined };
      this.#processes.set(pid, process);
    }
    return process;
  }
}

const isGraphicsOrCompute = (kind: string): boolean =>
  !DECODERS.includes(kind) && !ENCODERS.includes(kind) && !OTHER_VIDEO.includes(kind);

/** Kinds of engines work at the same time, so the utilization is that of the busiest kind. */
function busiest(
  isIncluded: (kind: string) => boolean,
  percents: ReadonlyMap<string, number> | undefined,
  other?: number,
): number | undefined {
  let highest = other;
  for (const [kind, percent] of percents ?? [])
    if (isIncluded(kind) && percent >= (highest ?? 0)) highest = Math.min(100, percent);
  return highest;
}
