import { basename, extname } from 'node:path';
import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { cleanText } from '../../common/clean-text.js';
import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { type Method, wrapMethod } from '../patching/wrap-method.js';
import type { PoolTask } from './pool-task.js';
import { type Pool, TaskCall } from './task-call.js';

const ACTIVITY = 'Recording a task of piscina';
const MAX_NAME_LENGTH = 128;

/** Records the tasks of pools. The caller gets a promise that records, one microtask later than the original. */
export const recordTasks = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'run',
    (original) =>
      function (...args) {
        const call = startCall(this as Pool, args);
        return call === undefined
          ? Reflect.apply(original, this, args)
          : context.with(call.context, runTask, undefined, call, original, this, args);
      },
  );

/** Runs a task in the context of its call, in which its outcome is recorded too. */
function runTask(call: TaskCall, original: Method, pool: unknown, args: readonly unknown[]): unknown {
  const result: unknown = Reflect.apply(original, pool, args);
  if (!types.isPromise(result)) return result;
  const recorded = result.then(
    (value) => {
      succeed(call, value);
      return value;
    },
    (error) => {
      fail(call, error);
      throw error;
    },
  );
  // After the callbacks of a task that was refused at once.
  if (!call.isDispatched) queueMicrotask(() => enqueue(call));
  return recorded;
}

const succeed = catchErrors(ACTIVITY, (call: TaskCall, value: unknown) => call.succeed(value));
const fail = catchErrors(ACTIVITY, (call: TaskCall, error: unknown) => call.fail(error));
const enqueue = catchErrors(ACTIVITY, (call: TaskCall) => call.enqueue());

/** Returns `undefined` for a call that is not recorded. */
function startCall(pool: Pool, [input, runOptions]: readonly unknown[]): TaskCall | undefined {
  try {
    const { filename, name } = Object(runOptions) as { filename?: unknown; name?: unknown };
    const names = namesOf(pool, filename ?? pool.options.filename, name ?? pool.options.name);
    const options = optionsOf('piscina');
    const named: unknown = callHook('piscina', options, 'nameOf', pool);
    const task: PoolTask = {
      pool: typeof named === 'string' && named !== '' ? textOf(named) : names.pool,
      filename: names.filename,
      name: names.name,
      object: pool,
      input: includesSensitive() ? input : undefined,
    };
    if (callHook('piscina', options, 'ignore', task) === true) return undefined;
    return new TaskCall(task, names.command);
  } catch (error) {
    warnOnce(`${ACTIVITY} failed: ${errorMessage(error)}`);
    return undefined;
  }
}

interface Names {
  readonly file: unknown;
  readonly exported: unknown;
  readonly pool: string;
  readonly filename: string;
  readonly name: string;
  readonly command: string;
}

/** The names of the last task of each pool: most pools run one function. */
const lastNames = new WeakMap<Pool, Names>();

function namesOf(pool: Pool, file: unknown, exported: unknown): Names {
  const last = lastNames.get(pool);
  if (last !== undefined && last.file === file && last.exported === exported) return last;
  const filename = textOf(file);
  const name = textOf(exported);
  const names: Names = {
    file,
    exported,
    pool: stem(textOf(pool.options.filename ?? filename)),
    filename,
    name,
    command: `${stem(filename)}.${name}`,
  };
  lastNames.set(pool, names);
  return names;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? cleanText(value, 1024) : '');

/** Returns the name of a file without folder and extension. */
const stem = (file: string): string => basename(file, extname(file)).slice(0, MAX_NAME_LENGTH);
