import { cleanText } from '../../common/clean-text.js';
import { callHook } from '../options/call-hook.js';
import type { LibraryOptions } from '../options/library-options.js';

/**
 * Returns the name of a pool: that of the hook `nameOf`, else the default.
 *
 * @param library key of the library in `instrumentations`
 */
export function poolName(
  library: string,
  options: Pick<LibraryOptions<never, object>, 'nameOf'>,
  pool: object,
  defaultName: string,
): string {
  const named: unknown = callHook(library, options, 'nameOf', pool);
  return typeof named === 'string' && named !== '' ? cleanText(named, 1024) : defaultName;
}
