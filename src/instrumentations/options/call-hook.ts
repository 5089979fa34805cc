import { errorMessage } from '../../common/error-message.js';
import { onRejection } from '../../common/on-rejection.js';
import { warnOnce } from '../../common/warn-once.js';
import type { LibraryOptions } from './library-options.js';

/**
 * Calls a hook of the host. Returns `undefined` if there is none, or if it throws, which is logged once. So is the
 * rejection of a promise that it returns.
 *
 * @param library name of the library, for the log message
 */
export function callHook<I, O, K extends 'ignore' | 'startHook' | 'endHook' | 'nameOf'>(
  library: string,
  options: LibraryOptions<I, O>,
  hook: K,
  ...args: Parameters<NonNullable<LibraryOptions<I, O>[K]>>
): ReturnType<NonNullable<LibraryOptions<I, O>[K]>> | undefined {
  const callback = options[hook] as ((...args: unknown[]) => never) | undefined;
  if (callback === undefined) return undefined;
  const failed = (error: unknown) =>
    warnOnce(`instrumentations.${library}.${hook} failed: ${errorMessage(error)}`);
  try {
    const result = callback(...args);
    if (typeof result === 'object') onRejection(result, failed);
    return result;
  } catch (error) {
    failed(error);
    return undefined;
  }
}
