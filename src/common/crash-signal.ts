import { constants } from 'node:os';

/** Signals of a crash. SIGKILL is one of them: the kernel sends it when memory runs out. */
const CRASH_SIGNALS: readonly NodeJS.Signals[] = [
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGKILL',
  'SIGSEGV',
  'SIGSYS',
];
/**
 * Exit code of a process that a signal ended, less the number of the signal, as shells and containers report it.
 * https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html
 */
const SIGNAL_EXIT_BASE = 128;

/** A crash of a process, as `snakepit.worker.crash` reports it. */
export interface Crash {
  readonly reason: string;
  readonly exit_code: number;
}

/** Returns the crash that ended a process; `undefined` if it ended in another way. */
export function crashOf(code: number | null, signal: NodeJS.Signals | null): Crash | undefined {
  const crash = CRASH_SIGNALS.find(
    (each) => each === signal || SIGNAL_EXIT_BASE + constants.signals[each] === code,
  );
  return crash && { reason: `signal:${crash}`, exit_code: SIGNAL_EXIT_BASE + constants.signals[crash] };
}
