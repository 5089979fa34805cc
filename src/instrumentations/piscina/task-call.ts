import { type Context, createContextKey } from '@opentelemetry/api';
import { ObservedPools, type PoolStatus } from '../pools/observed-pools.js';
import { openTasks } from '../pools/open-tasks.js';
import type { TaskCall, TaskLibrary } from '../pools/task-call.js';

const CALL_KEY = createContextKey('snakepit.piscina.call');

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

/** Returns the state of a pool. The library does not report which threads are busy. */
function statusOf(pool: Pool): PoolStatus {
  const { queueSize: queue_depth, threads } = pool;
  const total_workers = threads.length;
  const busy_workers = Math.min(Math.max(openTasks(pool) - queue_depth, 0), total_workers);
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
};

/** Returns the context in which the task of a call is submitted: {@link callIn} finds the call. */
export const submissionContext = (call: TaskCall): Context => call.context.setValue(CALL_KEY, call);

/** Returns the call in whose context a task was submitted. */
export const callIn = (submitted: Context): TaskCall | undefined =>
  submitted.getValue(CALL_KEY) as TaskCall | undefined;
