import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Calls `flush` when the event loop drains, and on SIGTERM and SIGINT.
 *
 * @returns a function that removes the listeners
 */
export function installShutdownHooks(flush: () => Promise<void>): () => void {
  const removers = [prependListener('beforeExit', () => void flush())];
  const removeAll = () => {
    for (const remove of removers) remove();
  };
  for (const signal of SIGNALS) {
    const onSignal = async () => {
      // If the host listens too, it decides how the process ends. Otherwise the signal takes its default action.
      const hostListens = process.listenerCount(signal) > 1;
      await flush();
      removeAll();
      if (hostListens) return;
      process.kill(process.pid, signal);
      // PID 1 of a container ignores a signal that it has no handler for.
      setImmediate(() => process.exit(128 + constants.signals[signal]));
    };
    removers.push(prependListener(signal, onSignal));
  }
  return removeAll;
}

/** Runs before the host's listeners, so that those added with `once` are still there to be counted. */
function prependListener(event: string, listener: () => void): () => void {
  const emitter: NodeJS.EventEmitter = process;
  emitter.prependListener(event, listener);
  return () => emitter.off(event, listener);
}
