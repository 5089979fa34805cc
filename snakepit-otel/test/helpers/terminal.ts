import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { onTestFinished, vi } from 'vitest';

const PTY = fileURLToPath(new URL('pseudo_terminal.py', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LIMIT_MS = 15_000;

interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

interface Modes {
  readonly echo: boolean;
  readonly canonical: boolean;
}

/** A program in a pseudo-terminal, and what a terminal shows of its output. */
export class TestTerminal {
  /** Everything that the program wrote. */
  output = Buffer.alloc(0);
  /** Exit code; negative for a signal. */
  readonly exited: Promise<number>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #screen: xterm.Terminal;
  #takeModes: (modes: Modes) => void = () => {};

  constructor(command: readonly string[], { columns = 100, rows = 30, env = {} }: TerminalOptions = {}) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    // Node takes colors from all of them.
    const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env;
    this.#child = spawn('python3', [PTY, String(columns), String(rows), ...command], {
      cwd: ROOT,
      env: { ...inherited, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: undefined, ...env },
    });
    this.exited = new Promise((resolve, reject) => {
      createInterface(this.#child.stdout).on('line', (line) => {
        const { output, modes, code } = JSON.parse(line);
        if (output !== undefined) this.#add(Buffer.from(output, 'base64'));
        if (modes !== undefined) this.#takeModes(modes);
        if (code !== undefined) resolve(code);
      });
      this.#child.once('error', reject);
      this.#child.stderr.on('data', (text) => reject(new Error(String(text))));
    });
    this.exited.catch(() => {});
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** The rows of the screen, without spaces at their ends. */
  get lines(): string[] {
    const { active } = this.#screen.buffer;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** True while the program shows its own screen instead of what was there before. */
  get isAlternate(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  /** The formats of a cell in which a text begins. */
  styleOf(text: string): { color: number; isBold: boolean; isInverse: boolean } {
    const row = this.lines.findIndex((line) => line.includes(text));
    const line = this.#screen.buffer.active.getLine(this.#screen.buffer.active.baseY + row);
    const cell = line?.getCell(this.lines[row]?.indexOf(text) ?? 0);
    if (cell === undefined) throw new Error(`not on the screen: ${text}`);
    return {
      color: cell.isFgPalette() ? cell.getFgColor() : -1,
      isBold: cell.isBold() !== 0,
      isInverse: cell.isInverse() !== 0,
    };
  }

  type(keys: string): void {
    this.#send({ write: Buffer.from(keys).toString('base64') });
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#send({ resize: [columns, rows] });
  }

  /** Returns how the terminal treats what is typed. */
  modes(): Promise<Modes> {
    return new Promise((resolve) => {
      this.#takeModes = resolve;
      this.#send({ modes: true });
    });
  }

  /** Resolves when the condition does not throw any more. */
  until<T>(condition: () => T | Promise<T>): Promise<T> {
    return vi.waitFor(condition, { timeout: LIMIT_MS, interval: 20 });
  }

  /** Resolves when the screen shows a text. */
  async shows(text: string | RegExp): Promise<void> {
    await this.until(() => {
      if (typeof text === 'string' ? !this.text.includes(text) : !text.test(this.text)) {
        throw new Error(`the screen does not show ${text}:\n${this.text}`);
      }
    });
  }

  #add(output: Buffer): void {
    this.output = Buffer.concat([this.output, output]);
    this.#screen.write(output);
  }

  #send(request: object): void {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
  }
}
