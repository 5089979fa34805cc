import { errorMessage } from './error-message.js';
import { warnOnce } from './warn-once.js';

/**
 * Wraps a function that runs in code of the host: an error that it throws is logged once through `diag` and does not reach the caller,
 * which gets `undefined`.
 *
 * @param activity what fails, in the log message: `<activity> failed: …`
 */
export const catchErrors =
  <A extends unknown[], R>(activity: string, run: (...args: A) => R) =>
  (...args: A): R | undefined => {
    try {
      return run(...args);
    } catch (error) {
      warnOnce(`${activity} failed: ${errorMessage(error)}`);
      return undefined;
    }
  };
