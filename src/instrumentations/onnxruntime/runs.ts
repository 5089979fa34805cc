import { setImmediate } from 'node:timers';
import { catchErrors } from '../../common/catch-errors.js';
import { nanoseconds } from '../../common/units.js';
import { operationEvents, startOperation } from '../operations/library-operation.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { type Outcome, recordCalls } from './calls.js';
import { type EnclosingCall, enclosingCall, type RunTimes } from './enclosing-call.js';
import type { Inference } from './inference.js';
import { type Session, sessionOf } from './sessions.js';
import { batchSize, inputShapes, outputLocation } from './tensors.js';

const EVENTS = operationEvents('snakepit.inference');

/** Records the runs of the sessions of a class. @returns function that restores the class */
export const recordRuns = (sessionClass: { readonly prototype: object }): (() => void) =>
  recordCalls(sessionClass.prototype, 'run', startRun);

function startRun(object: object, [feeds]: readonly unknown[]): Outcome | undefined {
  const options = optionsOf('onnxruntime');
  const session = sessionOf(object, options);
  const inputs = Object(feeds) as object;
  const call = enclosingCall();
  if (call?.includes(object) === true) return startPart(call, object, session, inputs);
  const { model, providers } = session;
  const info: Inference = {
    model,
    providers: providers.names,
    deviceId: providers.deviceId,
    session: object,
    inputs: includesSensitive() ? inputs : undefined,
  };
  if (callHook('onnxruntime', options, 'ignore', info) === true) return undefined;
  const isWarmup = startsSession(session);
  const operation = startOperation({
    library: 'onnxruntime',
    options,
    events: EVENTS,
    spanName: session.spanName,
    attributes: session.attributes,
    metadata: session.metadata,
    info,
    device: providers.deviceId === undefined ? undefined : `cuda:${providers.deviceId}`,
  });
  const batch = batchSize(inputs, session.batchInput);
  const { span, startedAt } = operation;
  if (span.isRecording()) setInputs(operation.span, inputs, batch, isWarmup);
  const readTimes = measureRun(startedAt);
  return {
    succeed(results) {
      const times = readTimes();
      const measurements = batch === undefined ? times : { ...times, batch_size: batch };
      operation.succeed(results, measurements ?? {}, {
        'snakepit.queue_time': times?.queue_time,
        'snakepit.compute_time': times?.compute_time,
        'snakepit.output.location': outputLocation(results),
      });
    },
    fail: (error) => operation.fail(error),
  };
}

/** Starts a run that is a part of a call. */
function startPart(call: EnclosingCall, object: object, session: Session, inputs: object): Outcome {
  const readTimes = measureRun(performance.now());
  const end = call.addRun(object, {
    inputs,
    batchSize: batchSize(inputs, session.batchInput),
    isWarmup: startsSession(session),
  });
  return { succeed: () => end(readTimes()), fail: () => end(readTimes()) };
}

/** Returns true for the first run of a session. */
function startsSession(session: Session): boolean {
  const isFirst = !session.hasRun;
  session.hasRun = true;
  return isFirst;
}

/** Returns a function that returns the times of a run until now; `undefined` if the runtime has not begun. */
function measureRun(startedAt: number): () => RunTimes | undefined {
  // The runtime computes in an immediate of its own, on this thread. This one precedes it.
  let computesAt: number | undefined;
  setImmediate(() => {
    computesAt = performance.now();
  }).unref();
  return () => (computesAt === undefined ? undefined : timesOf(startedAt, computesAt));
}

/** Records the inputs of a run. */
export const setInputs = catchErrors(
  'Recording the inputs of a model',
  (
    span: ReturnType<typeof startOperation>['span'],
    inputs: object,
    batch: number | undefined,
    isWarmup: boolean,
  ) => {
    span.setAttribute('snakepit.input.shapes', inputShapes(inputs));
    if (batch !== undefined) span.setAttribute('snakepit.batch_size', batch);
    if (isWarmup) span.setAttribute('snakepit.warmup', true);
  },
);

const timesOf = (startedAt: number, computesAt: number) => ({
  queue_time: nanoseconds(computesAt - startedAt),
  compute_time: nanoseconds(performance.now() - computesAt),
});
