import { singleLine } from './single-line.js';

/** Returns the message of what was thrown, whether it is an Error or not. */
export const errorMessage = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : singleLine(thrown);
