import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { MEBIBYTE } from '../common/units.js';
import { type ExitStatus, hasSucceeded, notStarted } from './exit-status.js';

/** Limit for stdout and stderr each; a program that exceeds it is killed. */
const MAX_OUTPUT_BYTES = MEBIBYTE;

export interface ProgramRun {
  readonly status: ExitStatus;
  readonly stdout: string;
  readonly stderr: string;
}

/** Returns what the program printed; `undefined` if it failed. */
export const successfulOutput = ({ status, stdout }: ProgramRun): string | undefined =>
  hasSucceeded(status) ? stdout : undefined;

/**
 * Runs a program until it ends, without a shell and without keeping this process alive. Settles when the program has ended;
 * never rejects. The program is killed when this process exits.
 *
 * @param signal kills the program
 */
export function runProgram(
  executable: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramRun> {
  return new Promise<ProgramRun>((resolve) => {
    const options = { killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true } as const;
    const child = execFile(executable, args, options, (error, stdout, stderr) => {
      const settle = () => {
        process.off('exit', kill);
        signal.removeEventListener('abort', kill);
        resolve({ status: exitStatus(error, child), stdout, stderr });
      };
      // Too much output is reported at once, but the program lives on while a driver holds it in the kernel.
      if (isRunning(child)) child.once('exit', settle);
      else settle();
    });
    const kill = () => {
      // A program that was not started has no pid: kill() would then kill the process group of this process.
      if (child.pid === undefined) return;
      child.kill('SIGKILL');
      // A child of the program may hold the pipes open.
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    process.on('exit', kill);
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
  }).catch((error) => ({ status: notStarted(error), stdout: '', stderr: '' }));
}

const isRunning = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

function exitStatus(error: ExecFileException | null, child: ChildProcess): ExitStatus {
  if (child.pid === undefined && error !== null) return notStarted(error);
  if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { kind: 'too_much_output' };
  if (child.signalCode !== null) return { kind: 'killed', signal: child.signalCode };
  return { kind: 'exited', code: child.exitCode ?? 0 };
}
