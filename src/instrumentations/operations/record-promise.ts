/**
 * Records how a promise of a library settles. The caller of the library gets the promise that this function returns, which settles one
 * microtask later than the original: a rejection handler beside it would mark a rejection as handled that the host does not handle.
 *
 * @param call argument of the callbacks, which must not throw
 */
export const recordPromise = <C>(
  promise: Promise<unknown>,
  call: C,
  succeed: (call: C, value: unknown) => void,
  fail: (call: C, error: unknown) => void,
): Promise<unknown> =>
  promise.then(
    (value) => {
      succeed(call, value);
      return value;
    },
    (error) => {
      fail(call, error);
      throw error;
    },
  );
