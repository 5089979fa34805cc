import { writeSync } from 'node:fs';

/** Receives lines for people; the level is `info` if nothing is wrong. */
export type PrintLine = (text: string, level?: 'info') => void;

let redirected: PrintLine | undefined;

/** Prints further lines with `print`, for a program that has a log. */
export const redirectWarnings = (print: PrintLine): void => {
  redirected = print;
};

/** Prints one line to stderr: what a person has to know even if nothing listens to `diag`. */
export const printWarning: PrintLine = (text, level) => {
  if (redirected !== undefined) redirected(text, level);
  else writeLine(text);
};

/** Writes one line to stderr. A stream that nobody reads, or a full disk, has no effect on the host. */
export function writeLine(text: string): void {
  try {
    const { stderr } = process;
    // In the manner of `console`: a stream without a listener would end the process by its error.
    const absorb = () => {
      if (stderr.listenerCount('error') === 0) stderr.once('error', ignore);
    };
    absorb();
    stderr.write(`snakepit-otel: ${text}\n`, (error) => {
      if (error) absorb();
    });
    stderr.off('error', ignore);
  } catch {
    // The host has replaced stderr by something else.
  }
}

const ignore = () => {};

/** As {@link printWarning}, for a process that ends: a stream may write after that. */
export const printLastWarning = (text: string): void => {
  try {
    if (redirected !== undefined) redirected(text);
    else writeSync(process.stderr.fd, `snakepit-otel: ${text}\n`);
  } catch {
    // Nobody reads stderr.
  }
};
