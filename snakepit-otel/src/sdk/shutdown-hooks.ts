import { constants } from 'node:os';
import { addExitListeners } from './exit-listeners.js';

/** SIGHUP as well: a terminal that closes ends the process. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Time for the listeners of others to act on a signal that is raised again, ms. */
const RAISED_SIGNAL_GRACE_MS = 100;

/** Work at the end of a process. None of it rejects, and all of it is bounded. */
export interface EndOfProcess {
  /** Exports everything that is queued. */
  flush(): Promise<void>;
  /** From now on, exports at once what ends. */
  drain(): void;
  /** Exports everything that is queued and stops. */
  shutdown(): Promise<void>;
  /** Exports the rest while the thread is blocked: the event loop does not run anymore. Is called again if the host goes on in `exit`. */
  exit(): void;
  /** Counts the rest as lost. */
  giveUp(): void;
}

/**
 * Flushes whenever the event loop drains, shuts down on SIGTERM, SIGINT and SIGHUP, and exports the rest when the process exits.
 *
 * @returns a function that removes the listeners
 */
export function installShutdownHooks(end: EndOfProcess): () => void {
  const removers = [
    prependListener('beforeExit', () => void end.flush()),
    addExitListeners(() => end.exit()),
  ];
  const removeAll = () => {
    for (const remove of removers) remove();
  };
  let isEnding = false;
  for (const signal of SIGNALS) {
    const onSignal = async () => {
      // If the host listens too, it decides how the process ends.
      if (process.listenerCount(signal) > 1 + yieldingListeners()) return end.drain();
      // The second signal of an impatient user takes effect at once.
      if (isEnding) end.giveUp();
      else {
        isEnding = true;
        await end.shutdown();
      }
      removeAll();
      // Otherwise the signal takes its default action, after the listeners that yield to others.
      process.kill(process.pid, signal);
      // PID 1 of a container ignores a signal that it has no handler for.
      setTimeout(() => process.exit(128 + constants.signals[signal]), RAISED_SIGNAL_GRACE_MS);
    };
    removers.push(prependListener(signal, onSignal));
  }
  return removeAll;
}

/**
 * Number of listeners of the library `signal-exit` (versions 3 and 4), which many libraries use for their cleanup. They act only if
 * no others listen, and then raise the signal again.
 */
function yieldingListeners(): number {
  const version3 = (process as { readonly __signal_exit_emitter__?: unknown }).__signal_exit_emitter__;
  const version4 = (globalThis as Record<symbol, unknown>)[Symbol.for('signal-exit emitter')];
  return [version3, version4]
    .map((emitter) => (emitter as { readonly count?: number } | undefined)?.count ?? 0)
    .reduce((sum, count) => sum + count, 0);
}

/** Runs before the host's listeners, so that those added with `once` are still there to be counted. */
function prependListener(event: string, listener: () => void): () => void {
  const emitter: NodeJS.EventEmitter = process;
  emitter.prependListener(event, listener);
  return () => emitter.off(event, listener);
}
