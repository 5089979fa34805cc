import { readError } from './read-error.js';
import { singleLine } from './single-line.js';

/** Characters of a message. */
const MAX_LENGTH = 1024;

/** Returns the message of what was thrown, whether it is an Error or not. Never throws, even if reading the message does. */
export const errorMessage = (thrown: unknown): string => singleLine(readError(thrown).message, MAX_LENGTH);
