import { isAbsolute, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { MEBIBYTE } from '../common/units.js';
import { ChildProgram } from './child-program.js';
import { type ExitStatus, hasSucceeded, notStarted } from './exit-status.js';
import { findExecutable } from './find-executable.js';

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
 * never rejects. The program is killed, together with the processes that it has started, when this process exits.
 *
 * @param executable path, or name of a program in an absolute folder of `PATH`
 * @param signal kills the program
 */
export async function runProgram(
  executable: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<ProgramRun> {
  try {
    const path = isPath(executable) ? executable : await findExecutable(executable);
    if (path === undefined) return { status: { kind: 'not_found' }, stdout: '', stderr: '' };
    return await run(new ChildProgram(path, args), signal);
  } catch (error) {
    return { status: notStarted(error as Error), stdout: '', stderr: '' };
  }
}

async function run(program: ChildProgram, signal: AbortSignal): Promise<ProgramRun> {
  let overflowed = false;
  const onOverflow = () => {
    overflowed = true;
    program.kill();
  };
  const kill = () => program.kill();
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const stdout = collect(program.stdout, onOverflow);
  const stderr = collect(program.stderr, onOverflow);
  try {
    const status = await program.ended;
    return { status: overflowed ? { kind: 'too_much_output' } : status, stdout: stdout(), stderr: stderr() };
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** Collects the text of a pipe. Returns a function that returns it. */
function collect(pipe: Readable | undefined, onOverflow: () => void): () => string {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let bytes = 0;
  pipe?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) onOverflow();
    else text += decoder.write(chunk);
  });
  return () => text;
}

/** Returns false for a name, which is searched in `PATH`. Text with a null is neither, and is rejected at the start. */
const isPath = (executable: string): boolean =>
  isAbsolute(executable) || ['/', sep, '\0'].some((part) => executable.includes(part));
