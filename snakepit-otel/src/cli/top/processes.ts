import type { GpuProcess } from '../../page/contract.js';
import type { Style } from '../terminal/style.js';
import type { LiveState } from './model/live-state.js';
import { seriesStyle } from './panels/charts.js';

/** A process with its device. */
export interface ProcessRow extends GpuProcess {
  readonly device: string;
}

/** Returns the processes of all GPUs, those that hold most memory first, and those that ended lately before them. */
export function processRows({ gpus }: LiveState): ProcessRow[] {
  const rows = Array.from(gpus.values(), ({ device, processes }) =>
    processes.map((process) => ({ ...process, device })),
  ).flat();
  return rows.sort((a, b) => (b.memory ?? 0) - (a.memory ?? 0));
}

/** Processes of one pool, else of one command, have one color. */
export const processStyle = ({ pool, command, pid }: GpuProcess, state: LiveState): Style =>
  seriesStyle(state.colorOf(pool ?? command ?? `${pid}`));

/** Returns where a process runs: its pod, or its pool. */
export const placeOf = ({ pod, namespace, container, pool, worker, command }: GpuProcess): string =>
  [
    pod &&
      `pod ${namespace === undefined ? '' : `${namespace}/`}${pod}${container === undefined ? '' : `/${container}`}`,
    pool && `pool ${pool}`,
    // Snakepit's workers have their id on the command line.
    worker && !command?.includes(worker) && `worker ${worker}`,
  ]
    .filter(Boolean)
    .join(' · ');
