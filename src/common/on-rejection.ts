import { types } from 'node:util';

const { then } = Promise.prototype;

/**
 * Calls `fail` if a value that code of the host has returned is a native promise and rejects. Calls no `then` of the host, which may
 * start a lazy operation. Never throws.
 */
export function onRejection(value: unknown, fail: (error: unknown) => void): void {
  if (!types.isPromise(value)) return;
  try {
    then.call(value, undefined, fail);
  } catch {
    // A subclass of the host does not allow to derive from its promises.
  }
}
