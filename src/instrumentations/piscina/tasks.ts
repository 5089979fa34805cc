import { types } from 'node:util';
import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { startTask, stem, textOf } from '../pools/start-task.js';
import type { TaskCall } from '../pools/task-call.js';
import { PISCINA, type Pool, submissionContext } from './task-call.js';

const ACTIVITY = 'Recording a task of piscina';

/** Records the tasks of pools. The caller gets a promise that records, one microtask later than the original. */
export const recordTasks = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'run',
    (original) =>
      function (...args) {
        const call = startCall(this as Pool, args);
        if (call === undefined) return Reflect.apply(original, this, args);
        const result: unknown = context.with(submissionContext(call), original, this, ...args);
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
const startCall = (pool: Pool, [input, runOptions]: readonly unknown[]): TaskCall | undefined =>
  startTask(PISCINA, () => {
    const run = Object(runOptions) as { filename?: unknown; name?: unknown };
    const filename = textOf(run.filename ?? pool.options.filename);
    const name = textOf(run.name ?? pool.options.name);
    const defaultPool = stem(textOf(pool.options.filename ?? filename));
    return { pool, defaultPool, filename, name, input, command: `${stem(filename)}.${name}` };
  });
