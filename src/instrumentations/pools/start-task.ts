import { basename, extname } from 'node:path';
import { cleanText } from '../../common/clean-text.js';
import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { poolName } from './pool-name.js';
import type { PoolTask } from './pool-task.js';
import { TaskCall, type TaskLibrary } from './task-call.js';

const MAX_NAME_LENGTH = 128;

/** A task that a host submits. */
export interface NewTask<P extends object> {
  readonly pool: P;
  /** File that the task runs, as the host names it. */
  readonly file: unknown;
  /** Function that the task runs, as the host names it. */
  readonly run: unknown;
  readonly input: unknown;
}

/** Names of a task in spans, events and hooks. */
export interface TaskNames {
  /** Name of the pool if `nameOf` returns none. */
  readonly pool: string;
  readonly filename: string;
  /** Name of the function that the task runs. */
  readonly name: string;
  /** Name of the task in events. */
  readonly command: string;
  /** Name of the span. @default `command` */
  readonly spanName?: string;
}

/**
 * Starts to record a task. Returns `undefined` for one that is not recorded. Never throws.
 *
 * @param describe returns the task
 * @param readNames returns the names of the task. They depend only on its pool, its file and its function
 */
export function startTask<P extends object>(
  library: TaskLibrary,
  describe: () => NewTask<P>,
  readNames: (task: NewTask<P>) => TaskNames,
): TaskCall | undefined {
  try {
    const task = describe();
    const { pool: object } = task;
    const names = namesOf(task, readNames);
    const { filename, name } = names;
    const options = optionsOf(library.name);
    const pool = poolName(library.name, options, object, names.pool);
    const input = includesSensitive() ? task.input : undefined;
    const info: PoolTask = { pool, filename, name, object, input };
    if (callHook(library.name, options, 'ignore', info) === true) return undefined;
    library.pools.observe(object, pool);
    return new TaskCall(library, info, names.command, names.spanName);
  } catch (error) {
    warnOnce(`Recording a task of ${library.name} failed: ${errorMessage(error)}`);
    return undefined;
  }
}

/** The names of the last task of each pool: most pools run one function. */
const lastNames = new WeakMap<
  object,
  { readonly file: unknown; readonly run: unknown; readonly names: TaskNames }
>();

function namesOf<P extends object>(task: NewTask<P>, readNames: (task: NewTask<P>) => TaskNames): TaskNames {
  const { pool, file, run } = task;
  const last = lastNames.get(pool);
  if (last !== undefined && last.file === file && last.run === run) return last.names;
  const names = readNames(task);
  lastNames.set(pool, { file, run, names });
  return names;
}

/** Returns the text of a name or path of a host; an empty text for anything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? cleanText(value, 1024) : '');

/** Returns the name of a function of a host, for spans and metrics. */
export const functionName = (name: unknown): string => textOf(name).slice(0, MAX_NAME_LENGTH);

/** Returns the name of a file without folder and extension. */
export const stem = (file: string): string => basename(file, extname(file)).slice(0, MAX_NAME_LENGTH);
