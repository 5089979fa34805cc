import { readError } from './read-error.js';

/** Returns the message of what was thrown, whether it is an Error or not. Never throws, even if reading the message does. */
export const errorMessage = (thrown: unknown): string => readError(thrown).message;
