import { types } from 'node:util';
import { catchErrors } from '../../common/catch-errors.js';
import { reportPythonError } from '../../errors/report.js';
import { wrapMethod } from '../patching/wrap-method.js';

/** Type of the errors of the native library, whose class is `Error`. */
const NATIVE_ERROR = 'OnnxRuntimeError';

/** Errors that are reported. An error can pass several calls, for example of a method and of the method of the superclass. */
const reported = new WeakSet<Error>();

/**
 * Reports the errors that a method rejects with. The caller gets the promise that reports, one microtask later than the original: a
 * rejection handler beside it would mark a rejection as handled that the host does not handle.
 *
 * @returns function that restores the method
 */
export const reportRejections = (target: object, method: string): (() => void) =>
  wrapMethod(
    target,
    method,
    (original) =>
      function (...args) {
        const result = Reflect.apply(original, this, args);
        return types.isPromise(result) ? result.then(undefined, reportAndRethrow) : result;
      },
  );

function reportAndRethrow(error: unknown): never {
  report(error);
  throw error;
}

const report = catchErrors('Reporting an ONNX Runtime error', (error: unknown) => {
  if (!types.isNativeError(error) || reported.has(error)) return;
  reported.add(error);
  const { name, message } = error;
  reportPythonError({ type: name === 'Error' ? NATIVE_ERROR : name, message });
});
