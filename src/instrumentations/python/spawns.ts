import { ChildProcess } from 'node:child_process';
import { catchErrors } from '../../common/catch-errors.js';
import { isCreatingOwnWorker } from '../../common/own-workers.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { type Method, wrapMethod } from '../patching/wrap-method.js';
import { withSpanContext } from './child-environment.js';
import { pythonCommand } from './python-command.js';
import { PythonProcess } from './python-process.js';

const ACTIVITY = 'Recording a Python process';

/** Arguments of `ChildProcess.prototype.spawn`, through which every asynchronous function of `node:child_process` starts a process. */
interface SpawnOptions {
  readonly file?: unknown;
  /** Name of the program as the process sees it, and its arguments. */
  readonly args?: unknown;
  /** Environment, as `NAME=value`. */
  readonly envPairs?: unknown;
}

/** Records the Python processes that are started, and passes the context of their spans to them. */
export const recordSpawns = (): (() => void) =>
  wrapMethod(
    ChildProcess.prototype,
    'spawn',
    (original) =>
      function (...args) {
        const python = startProcess(this as object, args[0]);
        if (python === undefined) return Reflect.apply(original, this, args);
        let result: unknown;
        try {
          result = spawnWithContext(original, this, args, python);
        } catch (error) {
          python.fail(error);
          throw error;
        }
        watch(python, this as ChildProcess);
        return result;
      },
  );

const watch = catchErrors(ACTIVITY, (python: PythonProcess, child: ChildProcess) => {
  try {
    python.watch(child);
  } catch (error) {
    // The host has frozen the object.
    python.expire();
    throw error;
  }
});

/** Returns `undefined` for a process that is not recorded. */
const startProcess = catchErrors(
  ACTIVITY,
  (child: object, spawnOptions: unknown): PythonProcess | undefined => {
    if (isCreatingOwnWorker()) return undefined;
    const { file, args } = Object(spawnOptions) as SpawnOptions;
    if (typeof file !== 'string' || !Array.isArray(args)) return undefined;
    const words = [file, ...args.slice(1).map((arg) => (typeof arg === 'string' ? arg : ''))];
    const command = pythonCommand(words);
    if (command === undefined) return undefined;
    const options = optionsOf('python');
    const call = { ...command, object: child, args: includesSensitive() ? words : undefined };
    return callHook('python', options, 'ignore', call) === true
      ? undefined
      : new PythonProcess(call, options);
  },
);

/** Starts the process. The options are those of Node, which may read them later: they are changed during the call only. */
function spawnWithContext(
  original: Method,
  child: unknown,
  args: unknown[],
  { span }: PythonProcess,
): unknown {
  const options = args[0] as SpawnOptions;
  const { envPairs } = options;
  const pairs = withSpanContext(envPairs, span);
  if (pairs === undefined || !Reflect.set(options, 'envPairs', pairs))
    return Reflect.apply(original, child, args);
  try {
    return Reflect.apply(original, child, args);
  } finally {
    Reflect.set(options, 'envPairs', envPairs);
  }
}
