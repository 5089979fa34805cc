import { singleLine } from './single-line.js';

/** Returns the message of what was thrown, whether it is an Error or not. Never throws, even if reading the message does. */
export function errorMessage(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : singleLine(thrown);
  } catch {
    return '[unreadable]';
  }
}
