import { ObservedPools, type PoolStatus } from '../pools/observed-pools.js';
import type { TaskLibrary } from '../pools/task-call.js';
import { taskPool } from '../pools/task-pool.js';

/** Members of a `Piscina` that are read. */
export interface Pool {
  readonly options: {
    readonly filename?: unknown;
    readonly name?: unknown;
    readonly maxQueue?: unknown;
    readonly maxThreads: number;
  };
  readonly queueSize: number;
  readonly threads: readonly unknown[];
}

/** Messages of the errors with which a pool refuses a task. */
const REFUSALS = new Set(['Task queue is at limit', 'No task queue available and all Workers are busy']);

/** Message of the error of the tasks of a thread that has called `process.exit()`. */
const EXIT = /^worker exited with code: (\d+)$/;

/** Returns the state of a pool. The library does not report which threads are busy. */
function statusOf(pool: Pool): PoolStatus {
  const { queueSize: queue_depth, threads } = pool;
  const total_workers = threads.length;
  const busy_workers = Math.min(Math.max(taskPool(pool).openTasks - queue_depth, 0), total_workers);
  return { queue_depth, busy_workers, available_workers: total_workers - busy_workers, total_workers };
}

export const observedPools = new ObservedPools<Pool>(
  'piscina',
  ({ options }) => options.maxThreads,
  statusOf,
);

export const PISCINA: TaskLibrary = {
  name: 'piscina',
  pools: observedPools,
  queueSize: ({ queueSize }: Pool) => queueSize,
  maxQueueSize: ({ options }: Pool) => Number(options.maxQueue),
  isRefusal: (message) => REFUSALS.has(message),
  exitCodeIn(message) {
    const [, code] = EXIT.exec(message) ?? [];
    return code === undefined ? undefined : Number(code);
  },
};
