import { context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { type NewTask, startTask } from '../pools/start-task.js';
import type { TaskCall } from '../pools/task-call.js';
import { functionName, stem, type TaskNames, textOf } from '../pools/task-names.js';
import { followDispatch } from './dispatches.js';
import { type Pool, WORKERPOOL } from './pool.js';

const ACTIVITY = 'Recording a task of workerpool';

/** Name of tasks that run a function of the host, which is sent to the worker as text. */
const FUNCTION = '<function>';

/** Promise of workerpool: it calls its callbacks synchronously, and no unhandled rejection is reported. */
interface Promise {
  then(onSuccess: (result: unknown) => void, onFail: (error: unknown) => void): unknown;
}

/** A call with a function. The library repeats it with the method `run`, and the text of the function as its first parameter. */
interface FunctionCall {
  readonly run: { readonly name: unknown };
  readonly params: unknown;
}

/** The call with a function that has not been repeated yet. */
let functionCall: FunctionCall | undefined;

/** Records the tasks of pools. The caller gets the promise of the library, which has methods of its own. */
export const recordTasks = (prototype: object): (() => void) =>
  wrapMethod(
    prototype,
    'exec',
    (original) =>
      function (...args) {
        const [method, params] = args;
        if (typeof method === 'function') {
          const outer = functionCall;
          functionCall = { run: method, params };
          try {
            return Reflect.apply(original, this, args);
          } finally {
            // The text of a function is code of the host, which may call the library as well.
            functionCall = outer;
          }
        }
        const repeated = takeFunctionCall(method, params);
        // The library refuses other arguments before it creates a task.
        const isTask = typeof method === 'string' && (!params || Array.isArray(params));
        const call = isTask ? startCall(this as Pool, method, params, repeated) : undefined;
        if (call === undefined) return Reflect.apply(original, this, args);
        let promise: unknown;
        try {
          promise = Reflect.apply(original, this, args);
        } catch (error) {
          fail(call, error);
          throw error;
        }
        submitted(call, promise as Promise);
        return promise;
      },
  );

const succeed = catchErrors(ACTIVITY, (call: TaskCall, result: unknown) =>
  context.with(call.context, () => call.succeed(result)),
);
const fail = catchErrors(ACTIVITY, (call: TaskCall, error: unknown) =>
  context.with(call.context, () => call.fail(error)),
);

const submitted = catchErrors(ACTIVITY, (call: TaskCall, promise: Promise) => {
  followDispatch(call, promise);
  if (!call.isDispatched) context.with(call.context, () => call.enqueue());
  promise.then(
    (result) => succeed(call, result),
    (error) => fail(call, error),
  );
});

/** Returns the call with a function that a call with the method `run` repeats. */
function takeFunctionCall(method: unknown, params: unknown): FunctionCall | undefined {
  const outer = functionCall;
  if (outer === undefined || method !== 'run' || !Array.isArray(params) || params[1] !== outer.params)
    return undefined;
  functionCall = undefined;
  return outer;
}

/** Returns `undefined` for a call that is not recorded. */
const startCall = catchErrors(
  ACTIVITY,
  (pool: Pool, method: string, params: unknown, repeated: FunctionCall | undefined) =>
    startTask(
      WORKERPOOL,
      {
        pool,
        file: pool.script,
        run: repeated?.run ?? method,
        input: repeated === undefined ? params : repeated.params,
      },
      readNames,
    ),
);

function readNames({ file, run }: NewTask<Pool>): TaskNames {
  // The script may be a URL that is its text.
  const filename = textOf(file).replace(/^data:.*$/is, '');
  const pool = filename === '' ? 'workerpool' : stem(filename);
  if (typeof run === 'string') {
    const name = functionName(run);
    return { pool, filename, name, command: `${pool}.${name}` };
  }
  const name = functionName((run as FunctionCall['run']).name);
  return { pool, filename: '', name, command: FUNCTION, spanName: `${pool}.${name || FUNCTION}` };
}
