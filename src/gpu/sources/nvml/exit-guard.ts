import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { findKoffi } from './koffi.js';
import { CONTROL, STOP } from './sample-memory.js';

/** How long a process exit waits for threads that are inside the driver, ms. */
const EXIT_WAIT_MS = 100;
const C_LIBRARY = process.platform === 'win32' ? 'ucrtbase.dll' : null;

const guarded = new Set<Int32Array>();
let fatal: { readonly error: unknown } | undefined;

/**
 * Lets the process exit while a thread hangs in the driver. Without it, Node waits for the thread, whichever way the
 * process ends.
 *
 * @param control the thread's control words
 */
export function guardExit(control: Int32Array): void {
  // In a worker of the host, ending the process is not up to us.
  if (!isMainThread) return;
  if (guarded.size === 0) {
    process.on('exit', onExit);
    process.on('uncaughtExceptionMonitor', onUncaughtException);
  }
  guarded.add(control);
}

/** Removes the guard of a thread that has ended. */
export function unguardExit(control: Int32Array): void {
  if (!guarded.delete(control) || guarded.size > 0) return;
  process.off('exit', onExit);
  process.off('uncaughtExceptionMonitor', onUncaughtException);
}

function onExit(code: number): void {
  for (const control of guarded) Atomics.store(control, CONTROL.stop, STOP.processExit);
  const deadline = performance.now() + EXIT_WAIT_MS;
  const hangs = (control: Int32Array) =>
    Atomics.wait(control, CONTROL.busy, 1, Math.max(0, deadline - performance.now())) === 'timed-out';
  if (![...guarded].some(hangs)) return;

  const exitNow = findKoffi()?.load(C_LIBRARY).func('_exit', 'void', ['int']);
  try {
    // `_exit` skips the exit listeners after this one, so they are called here.
    const listeners = process.listeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(onExit) + 1)) listener.call(process, code);
    // Node prints an uncaught error later than this.
    if (fatal !== undefined) process.stderr.write(`Uncaught ${inspect(fatal.error)}\n`);
  } finally {
    exitNow?.(Number(process.exitCode ?? code));
  }
}

/** Remembers the error that ends the process, unless the host handles it. */
function onUncaughtException(error: unknown): void {
  const isHandled =
    process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
  fatal = isHandled ? undefined : { error };
}
