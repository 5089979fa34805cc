import { isError } from './is-error.js';
import { singleLine } from './single-line.js';

/** Parts of what was thrown, as far as they can be read. */
export interface ErrorParts {
  /** Name of the error; the type of a value that is not an Error. */
  readonly name: string;
  /** Message of the error; the value itself if it is not an Error. */
  readonly message: string;
  /** Stack of the error. */
  readonly stack: string | undefined;
}

const MAX_NAME_LENGTH = 128;

/**
 * Reads what was thrown, whether it is an Error or not. Never throws: getters, Proxies, null prototypes and
 * `Error.prepareStackTrace` of the host may make any property unreadable.
 */
export function readError(thrown: unknown): ErrorParts {
  if (!isError(thrown)) return { name: typeof thrown, message: singleLine(thrown), stack: undefined };
  return {
    name: singleLine(read(thrown, 'name') || 'Error', MAX_NAME_LENGTH),
    message: read(thrown, 'message') ?? '[unreadable]',
    stack: read(thrown, 'stack'),
  };
}

function read(error: Error, key: keyof Error): string | undefined {
  try {
    const value = error[key];
    return value === undefined ? undefined : String(value);
  } catch {
    return undefined;
  }
}
