import { catchErrors } from '../../common/catch-errors.js';
import type { Method } from '../patching/wrap-method.js';

/** Position of the caller of a wrapped method in the stack of its wrapper: after the function that stands in for the method. */
const CALLER = 1;

/**
 * Returns the file of the code that called a wrapped method. The text of a stack would not show it: Node replaces files by those that
 * a source map names, and hosts format stacks, or limit them, as they like.
 *
 * @param wrapper wrapper that runs at present
 */
export const callerOf = catchErrors('Reading a caller', (wrapper: Method): string | undefined => {
  const settings = ['prepareStackTrace', 'stackTraceLimit'].map(
    (key) => [key, Object.getOwnPropertyDescriptor(Error, key)] as const,
  );
  try {
    Error.prepareStackTrace = (_error, sites) => sites[CALLER]?.getFileName();
    Error.stackTraceLimit = CALLER + 1;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, wrapper);
    return typeof holder.stack === 'string' ? holder.stack : undefined;
  } finally {
    for (const [key, setting] of settings) {
      if (setting === undefined) Reflect.deleteProperty(Error, key);
      else Object.defineProperty(Error, key, setting);
    }
  }
});
