const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Calls `flush` before the process ends by itself or by a signal. Returns a function that takes this back. */
export function onExit(flush: () => Promise<void>): () => void {
  const stops = [listen('beforeExit', () => void flush())];
  for (const signal of SIGNALS) {
    stops.push(
      listen(signal, async () => {
        await flush();
        stopAll();
        // The host decides how to end where it listens too; else the signal does what it would have done.
        if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
      }),
    );
  }
  const stopAll = () => {
    for (const stop of stops) stop();
  };
  return stopAll;
}

function listen(event: string, listener: () => void): () => void {
  process.on(event, listener);
  return () => process.off(event, listener);
}
