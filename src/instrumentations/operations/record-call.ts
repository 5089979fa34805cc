import { types } from 'node:util';

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
  if (!types.isPromise(result)) {
    succeed(call, result);
    return result;
  }
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
}
