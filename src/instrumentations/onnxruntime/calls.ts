import { types } from 'node:util';
import { catchErrors } from '../../common/catch-errors.js';
import { recordPromise } from '../operations/record-promise.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { reportRuntimeError } from './report-error.js';

/** Receives how a call ended. Its members must not throw. */
export interface Outcome {
  succeed(result: unknown): void;
  fail(error: unknown): void;
}

/**
 * Records the calls of an asynchronous method, and reports the errors that it rejects with. The caller gets a derived
 * promise ({@link recordPromise}).
 *
 * @param start called before the method; returns `undefined` if the call is not recorded
 * @returns function that restores the method
 */
export const recordCalls = (
  target: object,
  method: string,
  start: (object: object, args: readonly unknown[]) => Outcome | undefined,
): (() => void) => {
  const tryStart = catchErrors('Recording a call of ONNX Runtime', start);
  return wrapMethod(
    target,
    method,
    (original) =>
      function (...args) {
        const outcome = tryStart(this as object, args);
        let result: unknown;
        try {
          result = Reflect.apply(original, this, args);
        } catch (error) {
          outcome?.fail(error);
          throw error;
        }
        if (!types.isPromise(result)) {
          outcome?.succeed(result);
          return result;
        }
        return recordPromise(result, outcome, succeed, fail);
      },
  );
};

function succeed(outcome: Outcome | undefined, value: unknown): void {
  outcome?.succeed(value);
}

function fail(outcome: Outcome | undefined, error: unknown): void {
  outcome?.fail(error);
  reportRuntimeError(error);
}
