import type { Readable } from 'node:stream';
import { MEBIBYTE } from '../common/units.js';
import { ChildProgram } from './child-program.js';
import { type ExitStatus, notStarted } from './exit-status.js';

const MAX_LINE_CHARACTERS = 8192;
const MAX_STDERR_CHARACTERS = 2000;
/** Limit for stdout and stderr together in each second; a program that exceeds it is killed. */
const MAX_CHARACTERS_PER_SECOND = 2 * MEBIBYTE;

/**
 * A long-running program that prints lines. It is started without a shell, does not keep this process alive, and is killed
 * when this process exits, together with the processes that it has started. If this process is killed, the program ends at its next
 * line: nobody reads the pipe (SIGPIPE).
 */
export class LineProcess {
  /** Settles when the program has ended and every line was passed on; never rejects. */
  readonly ended: Promise<ExitStatus>;
  /** Last 2000 characters of stderr. */
  stderrTail = '';
  #program: ChildProgram | undefined;
  #overflowed = false;
  #secondStartedAt = 0;
  #charactersInSecond = 0;

  /**
   * @param executable path of the program
   * @param onLine receives each line without its terminator; a line of more than 8192 characters, or more than 2 MiB within a second,
   * kills the program
   */
  constructor(executable: string, args: readonly string[], onLine: (line: string) => void) {
    this.ended = this.#start(executable, args, onLine);
  }

  kill(): void {
    this.#program?.kill();
  }

  async #start(
    executable: string,
    args: readonly string[],
    onLine: (line: string) => void,
  ): Promise<ExitStatus> {
    try {
      const program = new ChildProgram(executable, args);
      this.#program = program;
      if (program.stdout) this.#read(program.stdout, onLine);
      program.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.stderrTail = (this.stderrTail + text).slice(-MAX_STDERR_CHARACTERS);
        if (this.#exceedsRate(text.length)) this.#overflow();
      });
      const status = await program.ended;
      return this.#overflowed ? { kind: 'too_much_output' } : status;
    } catch (error) {
      return notStarted(error as Error);
    }
  }

  #read(stdout: Readable, onLine: (line: string) => void): void {
    let rest = '';
    stdout.setEncoding('utf8').on('data', (text: string) => {
      if (this.#overflowed) return;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (
        this.#exceedsRate(text.length) ||
        [rest, ...lines].some((line) => line.length > MAX_LINE_CHARACTERS)
      ) {
        rest = '';
        this.#overflow();
      } else for (const line of lines) onLine(line.replace(/\r$/, ''));
    });
    stdout.on('end', () => {
      if (rest !== '' && !this.#overflowed) onLine(rest);
    });
  }

  #exceedsRate(characters: number): boolean {
    const now = performance.now();
    if (now - this.#secondStartedAt >= 1000) {
      this.#secondStartedAt = now;
      this.#charactersInSecond = 0;
    }
    this.#charactersInSecond += characters;
    return this.#charactersInSecond > MAX_CHARACTERS_PER_SECOND;
  }

  #overflow(): void {
    this.#overflowed = true;
    this.kill();
  }
}
