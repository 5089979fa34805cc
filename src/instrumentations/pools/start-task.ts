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
interface NewTask {
  readonly pool: object;
  /** Name of the pool if `nameOf` returns none. */
  readonly defaultPool: string;
  readonly filename: string;
  /** Name of the function that the task runs. */
  readonly name: string;
  readonly input: unknown;
  /** Name of the task in events. */
  readonly command: string;
  /** Name of the span. @default `command` */
  readonly spanName?: string;
}

/**
 * Starts to record a task. Returns `undefined` for one that is not recorded. Never throws.
 *
 * @param describe returns the task
 */
export function startTask(library: TaskLibrary, describe: () => NewTask): TaskCall | undefined {
  try {
    const { pool: object, defaultPool, filename, name, input, command, spanName } = describe();
    const options = optionsOf(library.name);
    const pool = poolName(library.name, options, object, defaultPool);
    const task: PoolTask = { pool, filename, name, object, input: includesSensitive() ? input : undefined };
    if (callHook(library.name, options, 'ignore', task) === true) return undefined;
    library.pools.observe(object, pool);
    return new TaskCall(library, task, command, spanName);
  } catch (error) {
    warnOnce(`Recording a task of ${library.name} failed: ${errorMessage(error)}`);
    return undefined;
  }
}

/** Returns the text of a name or path of a host; an empty text for anything else. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? cleanText(value, 1024) : '');

/** Returns the name of a function of a host, for spans and metrics. */
export const functionName = (name: unknown): string => textOf(name).slice(0, MAX_NAME_LENGTH);

/** Returns the name of a file without folder and extension. */
export const stem = (file: string): string => basename(file, extname(file)).slice(0, MAX_NAME_LENGTH);
