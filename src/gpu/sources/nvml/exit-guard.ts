import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { findKoffi } from './koffi.js';
import { CONTROL, STOP } from './sample-memory.js';

/** How long an exit waits for calls to the driver, ms. */
const PATIENCE_MS = 100;
const C_LIBRARY = process.platform === 'win32' ? 'ucrtbase.dll' : null;

const threads = new Set<Int32Array>();
let fatal: { readonly error: unknown } | undefined;

/**
 * Lets the process end although a thread hangs in the driver: Node would wait for it, however the process is ended.
 *
 * @param control the control words of the thread
 */
export function watchExit(control: Int32Array): void {
  // A host may use us in a worker of its own; ending the process is not for that to decide.
  if (!isMainThread) return;
  if (threads.size === 0) {
    process.on('exit', leave);
    process.on('uncaughtExceptionMonitor', remember);
  }
  threads.add(control);
}

/** To be called when the thread has ended. */
export function unwatchExit(control: Int32Array): void {
  if (!threads.delete(control) || threads.size > 0) return;
  process.off('exit', leave);
  process.off('uncaughtExceptionMonitor', remember);
}

function leave(code: number): void {
  for (const control of threads) Atomics.store(control, CONTROL.stop, STOP.atExit);
  const until = performance.now() + PATIENCE_MS;
  const hangs = (control: Int32Array) =>
    Atomics.wait(control, CONTROL.busy, 1, Math.max(0, until - performance.now())) === 'timed-out';
  if (![...threads].some(hangs)) return;

  const end = findKoffi()?.load(C_LIBRARY).func('_exit', 'void', ['int']);
  try {
    // Nothing runs after us, so what others do at exit is done now.
    const listeners = process.listeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(leave) + 1)) listener.call(process, code);
    // Node says it only when all is over.
    if (fatal !== undefined) process.stderr.write(`Uncaught ${inspect(fatal.error)}\n`);
  } finally {
    end?.(Number(process.exitCode ?? code));
  }
}

/** Node is going to end for this error, unless somebody takes it. */
function remember(error: unknown): void {
  const isTaken =
    process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback();
  fatal = isTaken ? undefined : { error };
}
