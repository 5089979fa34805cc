import { omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import type { GpuProcess } from '../contract.js';
import { GONE_MS, MAX_GONE_PROCESSES, MAX_PROCESSES } from './limits.js';
import { numberOf, textOf } from './values.js';
import type { WorkerProcesses } from './worker-processes.js';

type Values = Readonly<Record<string, unknown>>;

interface SeenProcess {
  row: GpuProcess;
  isSeen: boolean;
}

/** Processes of a GPU: those of the last sample, and those that ended a short time ago. */
export class ProcessList {
  readonly #processes = new Map<number, SeenProcess>();
  readonly #workers: WorkerProcesses;
  #isChanged = false;

  constructor(workers: WorkerProcesses) {
    this.#workers = workers;
  }

  /** All of them, those with the most memory first, ended ones last. */
  get rows(): readonly GpuProcess[] {
    return [...this.#processes.values()]
      .map(({ row }) => row)
      .sort(
        (one, other) =>
          Number(one.goneAt !== undefined) - Number(other.goneAt !== undefined) ||
          (other.memory ?? 0) - (one.memory ?? 0),
      );
  }

  get running(): readonly GpuProcess[] {
    return this.rows.filter(({ goneAt }) => goneAt === undefined);
  }

  /** Records a process of the sample that is being published. */
  see(metadata: Values, measurements: Values): void {
    const pid = numberOf(metadata.pid);
    if (pid === undefined) return;
    const known = this.#processes.get(pid);
    if (known === undefined && this.#processes.size >= MAX_PROCESSES) return;
    const row: GpuProcess = {
      pid,
      ...omitUndefined({
        command: textOf(metadata.process),
        memory: numberOf(measurements.used_mb),
        pod: textOf(metadata['k8s.pod.name']),
        namespace: textOf(metadata['k8s.namespace.name']),
        container: textOf(metadata['k8s.container.name']),
      }),
      ...this.#workers.find(pid),
    };
    if (known === undefined || !isSame(known.row, row)) this.#isChanged = true;
    this.#processes.set(pid, { row, isSeen: true });
  }

  /** Ends the sample: processes that it does not have ended. Returns true if the list changed. */
  endRound(now: number): boolean {
    for (const process of this.#processes.values()) {
      if (!process.isSeen && process.row.goneAt === undefined) {
        process.row = { ...process.row, goneAt: now };
        this.#isChanged = true;
      }
      process.isSeen = false;
    }
    const gone = [...this.#processes.values()].filter(({ row }) => row.goneAt !== undefined);
    for (const { row } of gone.slice(0, Math.max(0, gone.length - MAX_GONE_PROCESSES)))
      this.#processes.delete(row.pid);
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    return isChanged;
  }

  /** Forgets processes that ended some time ago. Returns true if there were any. */
  forgetGone(now: number): boolean {
    let isChanged = false;
    for (const [pid, { row }] of this.#processes) {
      if (row.goneAt === undefined || now - row.goneAt <= GONE_MS) continue;
      this.#processes.delete(pid);
      isChanged = true;
    }
    return isChanged;
  }
}

const isSame = (one: GpuProcess, other: GpuProcess): boolean =>
  one.goneAt === undefined &&
  one.memory === other.memory &&
  one.command === other.command &&
  one.worker === other.worker &&
  one.pod === other.pod;
