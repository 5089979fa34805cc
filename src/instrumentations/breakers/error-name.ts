import { isError } from '../../common/is-error.js';

/** Returns the kind of an error, without its message: its `name`, or its `code` if the name is `Error`. */
export function errorName(error: unknown): string {
  if (!isError(error)) return typeof error;
  const { code } = error as { code?: unknown };
  return error.name === 'Error' && typeof code === 'string' ? code : error.name;
}
