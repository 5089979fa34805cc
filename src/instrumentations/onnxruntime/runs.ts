import type { Attributes, Span } from '@opentelemetry/api';
import { catchErrors } from '../../common/catch-errors.js';
import { type LibraryOperation, operationEvents, startOperation } from '../operations/library-operation.js';
import { includesSensitive, optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { type Outcome, recordCalls } from './calls.js';
import { type EnclosingCall, enclosingCall, type RunTimes } from './enclosing-call.js';
import type { Inference } from './inference.js';
import type { InputShapes } from './input-shapes.js';
import { RunClock } from './run-clock.js';
import { type Session, sessionOf } from './sessions.js';
import { batchSize, outputLocation } from './tensors.js';

const EVENTS = operationEvents('snakepit.inference');

/** Records the runs of the sessions of a class. @returns function that restores the class */
export const recordRuns = (sessionClass: { readonly prototype: object }): (() => void) =>
  recordCalls(sessionClass.prototype, 'run', startRun);

function startRun(object: object, [feeds]: readonly unknown[]): Outcome | undefined {
  const options = optionsOf('onnxruntime');
  const session = sessionOf(object, options);
  const inputs = Object(feeds) as object;
  const call = enclosingCall();
  if (call?.includes(object) === true)
    return call.addRun(object, session, inputs) ? new PartialRun(call, object) : undefined;
  const { model, providers } = session;
  const info: Inference = {
    model,
    providers: providers.names,
    deviceId: providers.deviceId,
    session: object,
    inputs: includesSensitive() ? inputs : undefined,
  };
  if (callHook('onnxruntime', options, 'ignore', info) === true) return undefined;
  const run = startedRun(session, inputs);
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
  if (operation.span.isRecording()) setInputs(operation.span, run);
  return new RecordedRun(operation, run.batchSize);
}

/** A run that is recorded by itself. */
class RecordedRun implements Outcome {
  readonly #operation: LibraryOperation;
  readonly #batchSize: number | undefined;
  readonly #clock: RunClock;

  constructor(operation: LibraryOperation, batch: number | undefined) {
    this.#operation = operation;
    this.#batchSize = batch;
    this.#clock = new RunClock(operation.startedAt);
  }

  succeed(results: unknown): void {
    const times = this.#clock.times();
    const isRecording = this.#operation.span.isRecording();
    this.#operation.succeed(
      results,
      EVENTS.stop.hasSubscribers ? measurementsOf(times, this.#batchSize) : undefined,
      isRecording ? endAttributes(times, results) : undefined,
    );
  }

  fail(error: unknown): void {
    this.#operation.fail(error);
  }
}

const measurementsOf = (times: RunTimes | undefined, batch: number | undefined): object | undefined =>
  batch === undefined ? times : { ...times, batch_size: batch };

const endAttributes = (times: RunTimes | undefined, results: unknown): Attributes => ({
  'snakepit.queue_time': times?.queue_time,
  'snakepit.compute_time': times?.compute_time,
  'snakepit.output.location': outputLocation(results),
});

/** A run that is a part of a call. */
class PartialRun implements Outcome {
  readonly #call: EnclosingCall;
  readonly #session: object;
  readonly #clock = new RunClock(performance.now());

  constructor(call: EnclosingCall, session: object) {
    this.#call = call;
    this.#session = session;
  }

  succeed(): void {
    this.#call.endRun(this.#session, this.#clock.times());
  }

  fail(): void {
    this.succeed();
  }
}

/** Inputs of a run that begins. */
export interface RunInputs {
  readonly inputs: object;
  readonly inputShapes: InputShapes;
  readonly batchSize: number | undefined;
  /** True for the first run of a session. */
  readonly isWarmup: boolean;
}

/** Returns the inputs of a run that begins. */
export function startedRun(session: Session, inputs: object): RunInputs {
  const isWarmup = !session.hasRun;
  session.hasRun = true;
  const { inputShapes, batchInput } = session;
  return { inputs, inputShapes, batchSize: batchSize(inputs, batchInput), isWarmup };
}

/** Records the inputs of a run. */
export const setInputs = catchErrors(
  'Recording the inputs of a model',
  (span: Span, { inputs, inputShapes, batchSize: batch, isWarmup }: RunInputs) => {
    span.setAttribute('snakepit.input.shapes', inputShapes.of(inputs));
    if (batch !== undefined) span.setAttribute('snakepit.batch_size', batch);
    if (isWarmup) span.setAttribute('snakepit.warmup', true);
  },
);
