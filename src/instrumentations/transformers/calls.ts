import { type Context, context } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { enclosingCall } from '../onnxruntime/enclosing-call.js';
import { recordCall } from '../operations/record-call.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { RunningCall } from './running-call.js';

const ACTIVITY = 'Recording a call of transformers.js';

/** A call that is recorded. */
export interface Call {
  /** Context in which the method runs. */
  readonly context: Context;
  succeed(result: unknown): void;
  fail(error: unknown): void;
}

/**
 * Records the calls of an asynchronous method. The caller gets a derived promise ({@link recordCall}).
 *
 * @param start called before the method; returns `undefined` if the call is not recorded
 * @returns function that restores the method
 */
export const recordCalls = (
  target: object,
  method: string,
  start: (object: object, args: readonly unknown[]) => Call | undefined,
): (() => void) => {
  const tryStart = catchErrors(ACTIVITY, (object: object, args: readonly unknown[]) =>
    tracksContext() ? start(object, args) : undefined,
  );
  return wrapMethod(
    target,
    method,
    (original) =>
      function (...args) {
        const call = tryStart(this as object, args);
        if (call === undefined) return Reflect.apply(original, this, args);
        return recordCall(() => context.with(call.context, original, this, ...args), call, succeed, fail);
      },
  );
};

const succeed = catchErrors(ACTIVITY, (call: Call, value: unknown) => call.succeed(value));
const fail = catchErrors(ACTIVITY, (call: Call, error: unknown) => call.fail(error));

const PROBE = context.active().setValue(Symbol('snakepit.probe'), true);
let tracks = false;

/**
 * Returns true with a context manager. Without one, the runs inside of a call cannot be known, so that each is recorded by itself, and
 * the call is not.
 */
function tracksContext(): boolean {
  tracks ||= context.with(PROBE, () => context.active() === PROBE);
  return tracks;
}

/** Returns the call of the same model that this one is a part of. */
export function joinedCall(model: object): RunningCall | undefined {
  const call = enclosingCall();
  return call instanceof RunningCall && call.model === model ? call : undefined;
}

/** Returns true if a call is a part of another one of the same model. */
export const joinsCall = (model: object): boolean => joinedCall(model) !== undefined;
