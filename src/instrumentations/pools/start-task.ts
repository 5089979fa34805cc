import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { objectName } from '../options/object-name.js';
import type { PoolTask } from './pool-task.js';
import { TaskCall, type TaskLibrary } from './task-call.js';
import type { TaskNames } from './task-names.js';
import { type TaskPool, taskPool } from './task-pool.js';

/** A task that a host submits. */
export interface NewTask<P extends object> {
  readonly pool: P;
  /** File that the task runs, as the host names it. */
  readonly file: unknown;
  /** Function that the task runs, as the host names it. */
  readonly run: unknown;
  readonly input: unknown;
}

/**
 * Starts to record a task. Returns `undefined` for one that is not recorded.
 *
 * @param readNames returns the names of the task. They depend only on its pool, its file and its function
 */
export function startTask<P extends object>(
  library: TaskLibrary,
  task: NewTask<P>,
  readNames: (task: NewTask<P>) => TaskNames,
): TaskCall | undefined {
  const { pool: object } = task;
  const state = taskPool(object);
  const names = namesOf(task, state, readNames);
  const { filename, name } = names;
  const options = optionsOf(library.name);
  const pool = objectName(library.name, options, object) ?? names.pool;
  const input = includesSensitive() ? task.input : undefined;
  const info: PoolTask = { pool, filename, name, object, input };
  if (callHook(library.name, options, 'ignore', info) === true) return undefined;
  library.pools.observe(object, pool);
  return new TaskCall(library, options, info, names, state);
}

function namesOf<P extends object>(
  task: NewTask<P>,
  state: TaskPool,
  readNames: (task: NewTask<P>) => TaskNames,
): TaskNames {
  const { file, run } = task;
  const { last } = state;
  if (last !== undefined && last.file === file && last.run === run) return last.names;
  const names = readNames(task);
  state.last = { file, run, names };
  return names;
}
