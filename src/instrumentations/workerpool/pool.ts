import { ObservedPools } from '../pools/observed-pools.js';
import type { TaskLibrary } from '../pools/task-call.js';

/** Members of a `Pool` of workerpool that are read. */
export interface Pool {
  readonly script?: unknown;
  readonly maxWorkers: number;
  readonly maxQueueSize: number;
  stats(): { totalWorkers: number; busyWorkers: number; idleWorkers: number; pendingTasks: number };
}

export const observedPools = new ObservedPools<Pool>(
  'workerpool',
  ({ maxWorkers }) => maxWorkers,
  (pool) => {
    const { totalWorkers, busyWorkers, idleWorkers, pendingTasks } = pool.stats();
    return {
      queue_depth: pendingTasks,
      busy_workers: busyWorkers,
      available_workers: idleWorkers,
      total_workers: totalWorkers,
    };
  },
);

export const WORKERPOOL: TaskLibrary = {
  name: 'workerpool',
  pools: observedPools,
  queueSize: (pool: Pool) => pool.stats().pendingTasks,
  maxQueueSize: ({ maxQueueSize }: Pool) => maxQueueSize,
  isRefusal: (message) => /^Max queue size of \d+ reached$/.test(message),
};
