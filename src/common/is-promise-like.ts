import { types } from 'node:util';

/**
 * Returns true for a promise of any realm, and for any other object or function with a `then` method. Reads nothing from a Proxy of a
 * function: libraries for remote calls send a message when a property is read. Never throws.
 */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  if (typeof value === 'function' ? types.isProxy(value) : typeof value !== 'object' || value === null)
    return false;
  try {
    return typeof (value as PromiseLike<unknown>).then === 'function';
  } catch {
    return false;
  }
}
