import { types } from 'node:util';

const NativePromise = Promise;

/**
 * Runs a call of a library, and records how it ends. The caller gets what {@link recordResult} returns, or the error that is thrown.
 *
 * @param call argument of the callbacks, which must not throw
 */
export function recordCall<C>(
  run: () => unknown,
  call: C,
  succeed: (call: C, value: unknown) => void,
  fail: (call: C, error: unknown) => void,
): unknown {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    fail(call, error);
    throw error;
  }
  return recordResult(result, call, succeed, fail);
}

/**
 * Records the result of a call, or how its promise settles. The caller of the library gets the promise that this function returns, which
 * settles one microtask later than the original: a rejection handler beside it would mark a rejection as handled that the host does not
 * handle.
 *
 * @param call argument of the callbacks, which must not throw
 */
export function recordResult<C>(
  result: unknown,
  call: C,
  succeed: (call: C, value: unknown) => void,
  fail: (call: C, error: unknown) => void,
): unknown {
  if (isPromise(result)) {
    try {
      return result.then(
        (value) => {
          succeed(call, value);
          return value;
        },
        (error) => {
          fail(call, error);
          throw error;
        },
      );
    } catch {
      // A subclass of the host does not allow to derive from its promises.
    }
  }
  succeed(call, result);
  return result;
}

/** Returns true for native promises, and for those of a class with which the host has replaced them, such as those of bluebird. */
function isPromise(value: unknown): value is Promise<unknown> {
  if (types.isPromise(value)) return true;
  return globalThis.Promise !== NativePromise && value instanceof globalThis.Promise;
}
