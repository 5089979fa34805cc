import { types } from 'node:util';

/** Returns true for a native promise without members of its own, for which a derived one can stand in. */
export const isPlainPromise = (value: unknown): value is Promise<unknown> =>
  types.isPromise(value) &&
  isPromisePrototype(Object.getPrototypeOf(value)) &&
  Object.getOwnPropertyNames(value).length === 0;

/** Returns true for `Promise.prototype`, also that of another context of `node:vm`. That of a subclass is further from the root. */
function isPromisePrototype(prototype: object | null): boolean {
  if (prototype === Promise.prototype) return true;
  const parent = prototype && Object.getPrototypeOf(prototype);
  return (
    parent !== null && Object.getPrototypeOf(parent) === null && Object.hasOwn(prototype as object, 'then')
  );
}
