import { types } from 'node:util';

/** Returns true for an error of any realm, such as a context of `node:vm`. Never throws. */
export function isError(value: unknown): value is Error {
  if (types.isNativeError(value)) return true;
  try {
    return value instanceof Error;
  } catch {
    // A Proxy may refuse to name its prototype.
    return false;
  }
}
