import { errorMessage } from './error-message.js';
import { warnOnce } from './warn-once.js';

/**
 * Wraps a function that runs in code of the host: an error that it throws is logged once through `diag` and does not reach the caller.
 *
 * @param activity what fails, in the log message: `<activity> failed: …`
 */
export const catchErrors =
  <A extends unknown[]>(activity: string, run: (...args: A) => void) =>
  (...args: A): void => {
    try {
      run(...args);
    } catch (error) {
      warnOnce(`${activity} failed: ${errorMessage(error)}`);
    }
  };
