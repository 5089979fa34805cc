import { cleanText } from '../../common/clean-text.js';
import { callHook } from './call-hook.js';
import type { LibraryOptions } from './library-options.js';

const MAX_NAME_LENGTH = 128;

/** Returns the name that the host gives to an object with `nameOf`; `undefined` for the default. */
export function objectName(
  library: string,
  options: Pick<LibraryOptions<never, object>, 'nameOf'>,
  object: object,
): string | undefined {
  const name: unknown = callHook(library, options, 'nameOf', object);
  return typeof name === 'string' && name !== '' ? cleanText(name, MAX_NAME_LENGTH) : undefined;
}
