import type { TaskNames } from './task-names.js';

/** State of a pool of tasks. */
export interface TaskPool {
  /** Number of recorded tasks that wait or run. */
  openTasks: number;
  /** Names of the last task: most pools run one function. */
  last: { readonly file: unknown; readonly run: unknown; readonly names: TaskNames } | undefined;
}

const pools = new WeakMap<object, TaskPool>();

/** Returns the state of a pool. */
export function taskPool(pool: object): TaskPool {
  let state = pools.get(pool);
  if (state === undefined) {
    state = { openTasks: 0, last: undefined };
    pools.set(pool, state);
  }
  return state;
}
