import { singleLine } from './single-line.js';

/** Characters of a message. */
const MAX_LENGTH = 1024;

/** Returns the message of what was thrown, whether it is an Error or not. Never throws, even if reading the message does. */
export function errorMessage(thrown: unknown): string {
  try {
    return thrown instanceof Error
      ? singleLine(String(thrown.message), MAX_LENGTH)
      : singleLine(thrown, MAX_LENGTH);
  } catch {
    return '[unreadable]';
  }
}
