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
  else process.stderr.write(`snakepit-otel: ${text}\n`);
};

/** As {@link printWarning}, for a process that ends: a stream may write after that. */
export const printLastWarning = (text: string): void => {
  try {
    if (redirected !== undefined) redirected(text);
    else writeSync(process.stderr.fd, `snakepit-otel: ${text}\n`);
  } catch {
    // Nobody reads stderr.
  }
};
