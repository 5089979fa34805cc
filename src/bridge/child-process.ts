import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { context } from '@opentelemetry/api';
import { execute } from '../bus/bus.js';
import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import type { ClassifyOptions } from '../errors/classify.js';
import { reportPythonError } from '../errors/report.js';
import { TracebackReader } from '../errors/traceback.js';
import { tapStream } from './tap-stream.js';

/** A Node `ChildProcess`, or what looks like one: execa's. */
export interface WatchableProcess {
  readonly stderr?: Readable | null;
  on(event: 'exit', listener: ExitListener): unknown;
  off(event: 'exit', listener: ExitListener): unknown;
}

/** A program that keeps its process as `childProcess`: python-shell's. */
export interface WatchableProgram {
  readonly childProcess: WatchableProcess;
}

export interface WatchOptions extends ClassifyOptions {
  /** The pool that the process belongs to, for the event of a crash. */
  readonly pool?: string;
  /** The worker that the process is, for the event of a crash. */
  readonly workerId?: string;
}

type ExitListener = (code: number | null, signal: NodeJS.Signals | null) => void;

/** Signals that a process gets when it failed, SIGKILL among them: the kernel sends it when memory has run out. */
const CRASHES: readonly NodeJS.Signals[] = [
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGKILL',
  'SIGSEGV',
  'SIGSYS',
];
/** How shells and containers tell in an exit code that a signal ended the process. */
const BY_SIGNAL = 128;
/** No more of a message is awaited after silence of so many ms: nothing marks its end. */
const QUIET_MS = 100;

/**
 * Publishes the Python errors of a child process, classified, and its death by a signal of failure as
 * `snakepit.worker.crash`, in the context that is active now, so that they show on the span that started the process.
 *
 * stderr passes through untouched. It is read along with the host: while the host has not begun to read it, nothing
 * is taken from it, and what it still holds when the process exits is looked at then. A host that never reads the
 * stderr of a long-lived process gets its errors as they happen by calling `child.stderr.resume()`.
 *
 * @returns stops watching; call it before killing the process with SIGKILL on purpose
 */
export function watchChildProcess(
  child: WatchableProcess | WatchableProgram,
  options: WatchOptions = {},
): () => void {
  const watched = 'childProcess' in child ? child.childProcess : child;
  const started = context.active();
  const guarded =
    <A extends unknown[]>(listener: (...args: A) => void) =>
    (...args: A): void => {
      try {
        context.with(started, listener, undefined, ...args);
      } catch (error) {
        warnOnce(`Watching a child process failed: ${errorMessage(error)}`);
      }
    };

  const reader = new TracebackReader((error) => reportPythonError(error, options));
  const decoder = new StringDecoder('utf8');
  let quiet: NodeJS.Timeout | undefined;
  const flush = guarded(() => {
    clearTimeout(quiet);
    reader.flush();
  });
  const read = guarded((chunk: Buffer | string) => {
    clearTimeout(quiet);
    reader.write(typeof chunk === 'string' ? chunk : decoder.write(chunk));
    if (reader.pending) quiet = setTimeout(flush, QUIET_MS).unref();
  });
  const along = watched.stderr ? tapStream(watched.stderr, read, flush) : undefined;

  const exited = guarded((code: number | null, signal: NodeJS.Signals | null) => {
    along?.insist();
    const fatal = CRASHES.find((each) => each === signal || BY_SIGNAL + constants.signals[each] === code);
    if (fatal === undefined) return;
    execute(
      'snakepit.worker.crash',
      {},
      {
        reason: `signal:${fatal}`,
        exit_code: BY_SIGNAL + constants.signals[fatal],
        ...(options.pool !== undefined && { pool: options.pool }),
        ...(options.workerId !== undefined && { worker_id: options.workerId }),
      },
    );
  });
  watched.on('exit', exited);

  return () => {
    watched.off('exit', exited);
    along?.stop();
    flush();
  };
}
