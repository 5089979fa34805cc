import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { context } from '@opentelemetry/api';
import { execute } from '../bus/bus.js';
import { catchErrors } from '../common/catch-errors.js';
import { crashOf } from '../common/crash-signal.js';
import { watchedProcesses } from '../common/watched-processes.js';
import { ConfigurationError } from '../configuration/configuration-error.js';
import { type OptionParsers, parseOptions } from '../configuration/options.js';
import { type Parser, parseText } from '../configuration/parse.js';
import { CLASSIFY_OPTIONS } from '../errors/classify-options.js';
import { type ReportPythonErrorOptions, reportPythonError } from '../errors/report.js';
import { wasReported } from '../errors/reported-errors.js';
import { TracebackReader } from '../errors/traceback/traceback-reader.js';
import { ChildEvents } from './child-events.js';
import { LineReader } from './line-reader.js';
import { tapStream } from './tap-stream.js';

/** A `ChildProcess` of `node:child_process`, or an object with the same members, such as execa's. */
export interface WatchableProcess {
  /** Id of the process. @default none */
  readonly pid?: number | undefined;
  /** Error output of the process, in which tracebacks and events are detected. Absent or `null` if it is not piped. */
  readonly stderr?: Readable | null;
  /** Adds a listener of the end of the process. */
  on(event: 'exit', listener: ExitListener): unknown;
  /** Removes a listener of the end of the process. */
  off(event: 'exit', listener: ExitListener): unknown;
}

/** An object that exposes its process as `childProcess`, such as a `PythonShell` of python-shell. */
export interface WatchableProgram {
  /** Process to watch. */
  readonly childProcess: WatchableProcess;
}

/** Options of {@link watchChildProcess}. */
export interface WatchChildProcessOptions extends ReportPythonErrorOptions {
  /** Pool of the process, recorded on `snakepit.worker.crash`. @default none */
  readonly pool?: string;
  /** Id of the worker that the process is, recorded on `snakepit.worker.crash`. @default none */
  readonly workerId?: string;
}

const parseEnvironment: Parser<NonNullable<WatchChildProcessOptions['env']>> = (value, setting) => {
  if (typeof value === 'object' && value !== null) return value as Record<string, string | undefined>;
  throw new ConfigurationError(setting, value, 'an object of environment variables');
};

const OPTIONS: OptionParsers<WatchChildProcessOptions> = {
  ...CLASSIFY_OPTIONS,
  env: parseEnvironment,
  pool: parseText,
  workerId: parseText,
};

/** Listener of the end of a process. */
export type ExitListener = (code: number | null, signal: NodeJS.Signals | null) => void;

/** Half of the time after which a traceback is complete that no other line ended, ms. */
const SETTLE_MS = 70;

/**
 * Publishes the Python errors that a child process prints to stderr, classified as by `classifyPythonError`, the events that it prints
 * there as lines `TELEMETRY:{…}` (see `publishWireEvent` of the entry `./bridge`), and its end by a signal of a crash as
 * `snakepit.worker.crash`. They are published in the context that is active at this call, and so recorded on the span that
 * started the process.
 *
 * The host reads stderr unchanged. Nothing is taken from it before the host begins to read it; what is left when the process exits is
 * read then. If the host never reads the stderr of a long-lived process, call `child.stderr.resume()` for errors to be reported as they
 * happen.
 *
 * @param child process, or object that exposes one as `childProcess`
 * @returns function that stops watching. Call it before you end the process with SIGKILL on purpose.
 * @throws ConfigurationError for an object that is not a process, or an unknown or invalid option
 */
export function watchChildProcess(
  child: WatchableProcess | WatchableProgram,
  options: WatchChildProcessOptions = {},
): () => void {
  parseOptions<WatchChildProcessOptions>('watchChildProcess()', options, OPTIONS);
  const watched = processOf(child);
  const startContext = context.active();
  const inStartContext = <A extends unknown[]>(listener: (...args: A) => void) =>
    catchErrors('Watching a child process', (...args: A) =>
      context.with(startContext, listener, undefined, ...args),
    );

  const events = new ChildEvents(watched.pid, options.env);
  const tracebacks = new TracebackReader((error) => {
    // The causes of an error are known from its traceback alone.
    if (error.causes.length > 0 || !wasReported(events.producer, error)) reportPythonError(error, options);
  });
  const lines = new LineReader({
    onEvent: (json) => {
      // An event ends the message of an exception, as a line of a log does.
      tracebacks.interrupt();
      events.publish(json);
    },
    onFailure: () => events.refuse('producer_failed'),
    onOther: (text) => tracebacks.write(text),
  });
  const decoder = new StringDecoder('utf8');
  let settleTimer: NodeJS.Timeout | undefined;
  const flush = inStartContext(() => {
    clearTimeout(settleTimer);
    tracebacks.flush();
  });
  const settle = inStartContext(() => {
    settleTimer = undefined;
    tracebacks.settle();
    settleLater();
  });
  // Output that goes on does not delay what is complete.
  const settleLater = () => {
    if (tracebacks.pending) settleTimer ??= setTimeout(settle, SETTLE_MS).unref();
  };
  const read = inStartContext((chunk: Buffer | string) => {
    lines.write(typeof chunk === 'string' ? chunk : decoder.write(chunk));
    events.count();
    settleLater();
  });
  const end = inStartContext(() => {
    lines.end();
    events.end();
    flush();
  });
  const tap = watched.stderr ? tapStream(watched.stderr, read, end) : undefined;

  const onExit = inStartContext((code: number | null, signal: NodeJS.Signals | null) => {
    tap?.drain();
    const crash = crashOf(code, signal);
    if (crash === undefined) return;
    execute(
      'snakepit.worker.crash',
      {},
      {
        ...crash,
        ...(options.pool !== undefined && { pool: options.pool }),
        ...(options.workerId !== undefined && { worker_id: options.workerId }),
      },
    );
  });
  watched.on('exit', onExit);
  watchedProcesses.set(watched, true);

  return () => {
    watched.off('exit', onExit);
    watchedProcesses.delete(watched);
    tap?.stop();
    end();
  };
}

/** @throws ConfigurationError for an object that is not a process */
function processOf(child: WatchableProcess | WatchableProgram): WatchableProcess {
  const watched: unknown = 'childProcess' in Object(child) ? (child as WatchableProgram).childProcess : child;
  const { on, off } = Object(watched) as Partial<WatchableProcess>;
  if (typeof on === 'function' && typeof off === 'function') return watched as WatchableProcess;
  const value = typeof watched === 'object' && watched !== null ? 'an object' : watched;
  throw new ConfigurationError(
    'child',
    value,
    'a ChildProcess, or an object that exposes one as childProcess',
  );
}
