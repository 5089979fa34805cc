import { types } from 'node:util';

/** Returns true for a native promise without members of its own, for which a derived one can stand in. */
export const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  types.isPromise(value) &&
  Object.getPrototypeOf(value) === Promise.prototype &&
  Object.getOwnPropertyNames(value).length === 0;
