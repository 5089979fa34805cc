import { catchErrors } from '../../common/catch-errors.js';
import { recordResult } from '../operations/record-call.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { reportRuntimeError } from './report-error.js';

const ACTIVITY = 'Recording a call of ONNX Runtime';

/** Receives how a call ended. */
export interface Outcome {
  succeed(result: unknown): void;
  fail(error: unknown): void;
}

/**
 * Records the calls of an asynchronous method, and reports the errors that it rejects with. The caller gets a derived
 * promise ({@link recordResult}).
 *
 * @param start called before the method; returns `undefined` if the call is not recorded
 * @returns function that restores the method
 */
export const recordCalls = (
  target: object,
  method: string,
  start: (object: object, args: readonly unknown[]) => Outcome | undefined,
): (() => void) => {
  const tryStart = catchErrors(ACTIVITY, start);
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
          end(outcome, error);
          throw error;
        }
        return recordResult(result, outcome, succeed, fail);
      },
  );
};

const succeed = catchErrors(ACTIVITY, (outcome: Outcome | undefined, value: unknown) =>
  outcome?.succeed(value),
);
const end = catchErrors(ACTIVITY, (outcome: Outcome | undefined, error: unknown) => outcome?.fail(error));

function fail(outcome: Outcome | undefined, error: unknown): void {
  end(outcome, error);
  reportRuntimeError(error);
}
