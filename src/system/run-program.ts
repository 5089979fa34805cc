import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { notStarted, type ProgramEnd } from './program-end.js';

const MAX_OUTPUT_BYTES = 1_048_576;

export interface ProgramRun {
  readonly end: ProgramEnd;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, without a shell and without keeping this process alive. Settles when nothing of it is
 * left running; never rejects. What it prints is at most a mebibyte.
 *
 * @param signal kills it
 */
export function runProgram(
  executable: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramRun> {
  return new Promise((resolve) => {
    const options = {
      signal,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
    } as const;
    const child = execFile(executable, args, options, (error, stdout, stderr) => {
      const settle = () => resolve({ end: endOf(error, child), stdout, stderr });
      // A killed process is reported at once, but lives on while a driver holds it in the kernel.
      if (isRunning(child)) child.once('exit', settle);
      else settle();
    });
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
  });
}

const isRunning = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

function endOf(error: ExecFileException | null, child: ChildProcess): ProgramEnd {
  if (child.pid === undefined && error !== null) return notStarted(error);
  if (error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { kind: 'too_much_output' };
  if (child.signalCode !== null) return { kind: 'killed', signal: child.signalCode };
  return { kind: 'exited', code: child.exitCode ?? 0 };
}
