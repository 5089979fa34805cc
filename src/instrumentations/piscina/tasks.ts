import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { recordCall } from '../operations/record-call.js';
import { type Method, wrapMethod } from '../patching/wrap-method.js';
import { type NewTask, startTask } from '../pools/start-task.js';
import type { TaskCall } from '../pools/task-call.js';
import { stem, type TaskNames, textOf } from '../pools/task-names.js';
import { PISCINA, type Pool } from './pool.js';
import { submit } from './submissions.js';

const ACTIVITY = 'Recording a task of piscina';

/** Records the tasks of pools. The caller gets a derived promise ({@link recordCall}). */
export const recordTasks = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'run',
    (original) =>
      function (...args) {
        const call = startCall(this as Pool, args[0], args[1]);
        return call === undefined
          ? submit(undefined, original, this, args)
          : context.with(call.context, runTask, undefined, call, original, this, args);
      },
  );

/** Runs a task in the context of its call, in which its outcome is recorded too. */
function runTask(call: TaskCall, original: Method, pool: unknown, args: readonly unknown[]): unknown {
  // It throws if the host's queue or balancer does, or if a thread cannot be started.
  const recorded = recordCall(() => submit(call, original, pool, args), call, succeed, fail);
  // After the callbacks of a task that was refused at once.
  if (!call.isDispatched) queueMicrotask(() => enqueue(call));
  return recorded;
}

const succeed = catchErrors(ACTIVITY, (call: TaskCall, value: unknown) => call.succeed(value));
const fail = catchErrors(ACTIVITY, (call: TaskCall, error: unknown) => call.fail(error));
const enqueue = catchErrors(ACTIVITY, (call: TaskCall) => call.enqueue());

/** Returns `undefined` for a call that is not recorded. */
const startCall = catchErrors(ACTIVITY, (pool: Pool, input: unknown, runOptions: unknown) => {
  const { filename, name } = Object(runOptions) as { filename?: unknown; name?: unknown };
  const { options } = pool;
  return startTask(
    PISCINA,
    { pool, file: filename ?? options.filename, run: name ?? options.name, input },
    readNames,
  );
});

function readNames({ pool: { options }, file, run }: NewTask<Pool>): TaskNames {
  const filename = textOf(file);
  const name = textOf(run);
  const pool = stem(textOf(options.filename ?? filename));
  return { pool, filename, name, command: `${stem(filename)}.${name}` };
}
