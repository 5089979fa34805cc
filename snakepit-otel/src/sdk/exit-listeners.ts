/** The part of `process` that ends it at last. Not documented, but libraries such as `signal-exit` replace it too. */
interface Exiting {
  reallyExit?: (code?: number) => never;
}

/**
 * Calls `exit` while the process exits: before the listeners of the host, one of which may end the process, and again after them, as they
 * may end spans. Adds no listener for the second call before the end is near.
 *
 * @returns a function that removes the listeners
 */
export function addExitListeners(exit: () => void): () => void {
  const last = () => exit();
  const first = () => {
    exit();
    beforeReallyExit(exit);
  };
  const moveToEnd = () => {
    const limit = process.getMaxListeners();
    process.off('exit', last);
    // Node would warn the host about a leak of listeners.
    process.setMaxListeners(0);
    process.on('exit', last);
    process.setMaxListeners(limit);
  };
  process.prependListener('exit', first);
  process.on('beforeExit', moveToEnd);
  process.on('uncaughtExceptionMonitor', moveToEnd);
  return () => {
    process.off('exit', first);
    process.off('exit', last);
    process.off('beforeExit', moveToEnd);
    process.off('uncaughtExceptionMonitor', moveToEnd);
  };
}

/** Calls `exit` once before `process.exit()` ends the process, also that of a listener of `exit`, after which no other listener is called. */
function beforeReallyExit(exit: () => void): void {
  const exiting: Exiting = process as Exiting;
  const { reallyExit } = exiting;
  if (typeof reallyExit !== 'function') return;
  try {
    exiting.reallyExit = (code) => {
      exiting.reallyExit = reallyExit;
      exit();
      return reallyExit.call(process, code);
    };
  } catch {
    // The host has frozen it.
  }
}
