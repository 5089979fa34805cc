import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { type ExitStatus, notStarted } from './exit-status.js';

const MAX_LINE_CHARACTERS = 8192;
const MAX_STDERR_CHARACTERS = 2000;
/** Time for which pipes are read after the program's exit, ms: a child of the program may hold them open. */
const DRAIN_MS = 100;

/**
 * A long-running program that prints lines. It is started without a shell, does not keep this process alive, and is killed
 * when this process exits. If this process is killed, the program ends at its next line: nobody reads the pipe (SIGPIPE).
 */
export class LineProcess {
  /** Settles when the program has ended and every line was passed on; never rejects. */
  readonly ended: Promise<ExitStatus>;
  /** Last 2000 characters of stderr. */
  stderrTail = '';
  #child: ChildProcess | undefined;
  #overflowed = false;

  /** @param onLine receives each line without its terminator; a line of more than 8192 characters kills the program */
  constructor(executable: string, args: readonly string[], onLine: (line: string) => void) {
    this.ended = this.#start(executable, args, onLine);
  }

  kill(): void {
    // A program that was not started has no pid: kill() would then kill the process group of this process.
    if (this.#child?.pid !== undefined) this.#child.kill('SIGKILL');
  }

  async #start(
    executable: string,
    args: readonly string[],
    onLine: (line: string) => void,
  ): Promise<ExitStatus> {
    const kill = () => this.kill();
    try {
      const child: ChildProcess = spawn(executable, args, {
        stdio: ['ignore', 'pipe', 'pipe'],
        windowsHide: true,
      });
      const ended = exitStatus(child);
      this.#child = child;
      process.on('exit', kill);
      child.unref();
      // If this process may open no more files, there are no pipes, and the error event comes later.
      const { stdout, stderr } = child;
      for (const pipe of [stdout, stderr]) {
        (pipe as Socket | undefined)?.unref();
        // A broken pipe ends like a closed one. Without a listener, the error would end this process.
        pipe?.on('error', () => {});
      }
      if (stdout) this.#read(stdout, onLine);
      stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.stderrTail = (this.stderrTail + text).slice(-MAX_STDERR_CHARACTERS);
      });
      const status = await ended;
      return this.#overflowed ? { kind: 'too_much_output' } : status;
    } catch (error) {
      return notStarted(error as Error);
    } finally {
      process.off('exit', kill);
    }
  }

  #read(stdout: Readable, onLine: (line: string) => void): void {
    let rest = '';
    stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.#overflowed ||= [rest, ...lines].some((line) => line.length > MAX_LINE_CHARACTERS);
      if (!this.#overflowed) for (const line of lines) onLine(line.replace(/\r$/, ''));
      else {
        rest = '';
        this.kill();
      }
    });
    stdout.on('end', () => {
      if (rest !== '' && !this.#overflowed) onLine(rest);
    });
  }
}

function exitStatus(child: ChildProcess): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.once('exit', () => {
      const drain = () => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      };
      setTimeout(drain, DRAIN_MS).unref();
    });
    child.once('close', (code, signal) => {
      resolve(signal === null ? { kind: 'exited', code: code ?? 0 } : { kind: 'killed', signal });
    });
  });
}
