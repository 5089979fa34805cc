import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Calls `flush` before the process ends by itself or by a signal. Returns a function that takes this back. */
export function installShutdownHooks(flush: () => Promise<void>): () => void {
  const stops = [listen('beforeExit', () => void flush())];
  for (const signal of SIGNALS) {
    stops.push(
      listen(signal, async () => {
        // The host decides how to end where it listens too; else the signal does what it would have done.
        const hostListens = process.listenerCount(signal) > 1;
        await flush();
        stopAll();
        if (hostListens) return;
        process.kill(process.pid, signal);
        // The first process of a container does not die of its own signal.
        setImmediate(() => process.exit(128 + constants.signals[signal]));
      }),
    );
  }
  const stopAll = () => {
    for (const stop of stops) stop();
  };
  return stopAll;
}

/** In front of the host's listeners: those that listen once are still there to be counted. */
function listen(event: string, listener: () => void): () => void {
  const emitter: NodeJS.EventEmitter = process;
  emitter.prependListener(event, listener);
  return () => emitter.off(event, listener);
}
