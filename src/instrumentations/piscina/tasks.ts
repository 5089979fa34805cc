import { basename, extname } from 'node:path';
import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { cleanText } from '../../common/clean-text.js';
import { errorMessage } from '../../common/error-message.js';
import { warnOnce } from '../../common/warn-once.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { wrapMethod } from '../patching/wrap-method.js';
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
        if (call === undefined) return Reflect.apply(original, this, args);
        const result: unknown = context.with(call.context, original, this, ...args);
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
        queueMicrotask(() => enqueue(call));
        return recorded;
      },
  );

const succeed = catchErrors(ACTIVITY, (call: TaskCall, value: unknown) => call.succeed(value));
const fail = catchErrors(ACTIVITY, (call: TaskCall, error: unknown) => call.fail(error));
const enqueue = catchErrors(ACTIVITY, (call: TaskCall) => call.enqueue());

/** Returns `undefined` for a call that is not recorded. */
function startCall(pool: Pool, [input, runOptions]: readonly unknown[]): TaskCall | undefined {
  try {
    const { filename, name } = Object(runOptions) as { filename?: unknown; name?: unknown };
    const file = textOf(filename ?? pool.options.filename);
    const exported = textOf(name ?? pool.options.name);
    const options = optionsOf('piscina');
    const named: unknown = callHook('piscina', options, 'nameOf', pool);
    const task: PoolTask = {
      pool:
        typeof named === 'string' && named !== ''
          ? textOf(named)
          : stem(textOf(pool.options.filename ?? file)),
      filename: file,
      name: exported,
      object: pool,
      input: includesSensitive() ? input : undefined,
    };
    if (callHook('piscina', options, 'ignore', task) === true) return undefined;
    return new TaskCall(task, `${stem(file)}.${exported}`);
  } catch (error) {
    warnOnce(`${ACTIVITY} failed: ${errorMessage(error)}`);
    return undefined;
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? cleanText(value, 1024) : '');

/** Returns the name of a file without folder and extension. */
const stem = (file: string): string => basename(file, extname(file)).slice(0, MAX_NAME_LENGTH);
