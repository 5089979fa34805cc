import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { frameBetween } from './frame.js';
import type { Grid } from './grid.js';
import type { Painter } from './style.js';

/** The alternate screen, without cursor and without wrapping at the right end. */
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
/** Ends a frame and a style that were cut off, too. */
const LEAVE = '\x1b[?2026l\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l';
/** Time for a stop signal to arrive, ms. */
const STOP_MS = 100;
const FATAL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

type TerminalOutput = WriteStream & { readonly fd: number };

interface ScreenOptions {
  readonly input: ReadStream;
  readonly output: TerminalOutput;
  readonly paint: Painter;
  /** Draws when the size changed, and after the program was stopped. */
  readonly redraw: () => void;
}

/**
 * The terminal as a screen of cells. However the process ends or is stopped, the terminal is as it was before: only SIGKILL
 * and SIGSTOP leave no time for it.
 */
export class Screen {
  readonly #input: ReadStream;
  readonly #output: TerminalOutput;
  readonly #paint: Painter;
  readonly #redraw: () => void;
  #shown: Grid | undefined;
  #isOpen = false;
  #isActive = false;

  constructor({ input, output, paint, redraw }: ScreenOptions) {
    this.#input = input;
    this.#output = output;
    this.#paint = paint;
    this.#redraw = redraw;
  }

  get width(): number {
    return this.#output.columns;
  }

  get height(): number {
    return this.#output.rows;
  }

  open(): void {
    this.#isOpen = true;
    this.#enter();
    process.on('exit', this.#leave);
    for (const signal of FATAL_SIGNALS) process.on(signal, this.#endBySignal);
    if (process.platform !== 'win32') {
      process.on('SIGTSTP', this.suspend);
      process.on('SIGCONT', this.#resume);
    }
    this.#output.on('resize', this.#repaint);
  }

  close(): void {
    this.#isOpen = false;
    this.#leave();
    process.off('exit', this.#leave);
    for (const signal of FATAL_SIGNALS) process.off(signal, this.#endBySignal);
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.#resume);
    this.#output.off('resize', this.#repaint);
  }

  /** Shows a screen. Node writes to a terminal synchronously: a slow one delays the next frame, and nothing piles up. */
  show(grid: Grid): void {
    if (!this.#isActive) return;
    const frame = frameBetween(this.#shown, grid, this.#paint);
    this.#shown = grid;
    if (frame !== '') this.#output.write(frame);
  }

  /** Writes a sequence that changes no cell, such as one for the clipboard. */
  send(sequence: string): void {
    if (this.#isActive) this.#output.write(sequence);
  }

  /** Restores the terminal and stops the process and those that started it for the terminal, as Ctrl-Z does, until `fg`. */
  readonly suspend = (): void => {
    if (process.platform === 'win32') return;
    this.#leave();
    process.off('SIGTSTP', this.suspend);
    process.kill(0, 'SIGTSTP');
    // The system ignores the signal where no shell could continue the process.
    setTimeout(this.#resume, STOP_MS);
  };

  readonly #resume = (): void => {
    if (!this.#isOpen) return;
    process.off('SIGTSTP', this.suspend);
    process.on('SIGTSTP', this.suspend);
    if (!this.#isActive) this.#enter();
    else this.#setRawMode(true);
    this.#repaint();
  };

  readonly #repaint = (): void => {
    this.#shown = undefined;
    this.#redraw();
  };

  readonly #endBySignal = (signal: NodeJS.Signals): void => {
    this.close();
    process.kill(process.pid, signal);
  };

  #enter(): void {
    this.#isActive = true;
    this.#shown = undefined;
    this.#setRawMode(true);
    this.#output.write(ENTER);
  }

  readonly #leave = (): void => {
    if (!this.#isActive) return;
    this.#isActive = false;
    try {
      this.#setRawMode(false);
      // The process may end before a stream has written.
      writeSync(this.#output.fd, LEAVE);
    } catch {
      // The terminal is gone.
    }
  };

  /** Node takes the mode that it has set last for the terminal's: a shell may have changed it since. */
  #setRawMode(isRaw: boolean): void {
    if (!this.#input.isTTY) return;
    if (isRaw) this.#input.setRawMode(false);
    this.#input.setRawMode(isRaw);
  }
}
