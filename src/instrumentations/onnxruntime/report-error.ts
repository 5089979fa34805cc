import { types } from 'node:util';
import { catchErrors } from '../../common/catch-errors.js';
import { reportPythonError } from '../../errors/report.js';

/** Type of the errors of the native library, whose class is `Error`. */
const NATIVE_ERROR = 'OnnxRuntimeError';

/** Errors that are reported. An error can pass several calls, for example of a method and of the method of the superclass. */
const reported = new WeakSet<Error>();

/** Reports an error that a method of ONNX Runtime rejected with, once. */
export const reportRuntimeError = catchErrors('Reporting an ONNX Runtime error', (error: unknown) => {
  if (!types.isNativeError(error) || reported.has(error)) return;
  reported.add(error);
  const { name, message } = error;
  reportPythonError({ type: name === 'Error' ? NATIVE_ERROR : name, message });
});
