import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  type Span,
  trace,
} from '@opentelemetry/api';
import { omitUndefined } from '../../common/omit-undefined.js';
import { nanoseconds } from '../../common/units.js';
import { type EnclosingCall, type RunTimes, setEnclosingCall } from '../onnxruntime/enclosing-call.js';
import { type RunInputs, setInputs, startedRun } from '../onnxruntime/runs.js';
import type { Session } from '../onnxruntime/sessions.js';
import { type LibraryOperation, operationEvents, startOperation } from '../operations/library-operation.js';
import { optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { isStreamed, requestAttributes, streamAttributes, usageAttributes } from './gen-ai.js';
import type { ModelCall } from './model-call.js';
import { isOfModel, type LoadedModel } from './models.js';
import { spanStart } from './span-start.js';
import type { TokenUsage } from './tokens.js';

const EVENTS = operationEvents('snakepit.inference');

/** A call to record. */
interface NewCall {
  readonly model: object;
  readonly facts: LoadedModel;
  /** Operation of the conventions for generative AI, if they have one. */
  readonly operation: string | undefined;
  /** Start of the name of the span otherwise. */
  readonly defaultOperation: string;
  readonly info: ModelCall;
}

/** Returns `undefined` if the host ignores the call. */
export function startRunningCall(call: NewCall): RunningCall | undefined {
  const ignored = callHook('transformers', optionsOf('transformers'), 'ignore', call.info) === true;
  return ignored ? undefined : new RunningCall(call);
}

/** A call of a pipeline or of `generate()`. The runs of its model are a part of it: they have no span and no event. */
export class RunningCall implements EnclosingCall {
  readonly model: object;
  readonly loads = undefined;
  /** Context inside of the call. */
  readonly context: Context;
  readonly #sessions: ReadonlySet<object>;
  readonly #decoder: object | undefined;
  readonly #isGenerative: boolean;
  readonly #operation: LibraryOperation;
  #hasEnded = false;
  #runs = 0;
  #queueTime = 0;
  #computeTime = 0;
  #batchSize: number | undefined;
  #inputTokens: number | undefined;
  #outputTokens: number | undefined;
  /** True once `generate()` was called. */
  #generates = false;
  #isStreamed = false;
  /** Time until the first token was computed, ns. */
  #firstTokenTime: number | undefined;

  constructor({ model, facts, operation, defaultOperation, info }: NewCall) {
    this.model = model;
    this.#sessions = facts.sessions;
    this.#decoder = facts.decoder;
    this.#isGenerative = operation !== undefined;
    const { deviceId } = facts.providers;
    const start = spanStart(facts, operation ?? defaultOperation, operation, info.task);
    this.#operation = startOperation({
      library: 'transformers',
      options: optionsOf('transformers'),
      events: EVENTS,
      spanName: start.name,
      attributes: start.attributes,
      metadata: facts.metadata,
      info,
      device: deviceId === undefined ? undefined : `cuda:${deviceId}`,
    });
    const { span } = this.#operation;
    const outside = context.active();
    const inside = isSpanContextValid(span.spanContext()) ? trace.setSpan(outside, span) : outside;
    this.context = setEnclosingCall(inside, this);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Returns true for the sessions of the model, and for those of the library's own operators, such as `topk()`. */
  includes(session: object): boolean {
    return this.#sessions.has(session) || !isOfModel(session);
  }

  /** Ignores a session that the call has loaded, which computes an operator of the library. */
  addSession(): void {}

  addRun(session: object, facts: Session, inputs: object): boolean {
    if (!this.#sessions.has(session)) return false;
    if (this.#runs === 0) this.#addInputs(startedRun(facts, inputs));
    else facts.hasRun = true;
    this.#runs++;
    return true;
  }

  endRun(session: object, times: RunTimes | undefined): void {
    if (this.#generates && session === this.#decoder)
      this.#firstTokenTime ??= nanoseconds(performance.now() - this.#operation.startedAt);
    if (times === undefined) return;
    this.#queueTime += times.queue_time;
    this.#computeTime += times.compute_time;
  }

  #addInputs(run: RunInputs): void {
    this.#batchSize = run.batchSize;
    const { span } = this.#operation;
    if (span.isRecording()) setInputs(span, run);
  }

  /** Adds the tokens of a call of `generate()`. */
  addTokens({ input_tokens, output_tokens }: TokenUsage): void {
    if (input_tokens !== undefined) this.#inputTokens = (this.#inputTokens ?? 0) + input_tokens;
    if (output_tokens !== undefined) this.#outputTokens = (this.#outputTokens ?? 0) + output_tokens;
  }

  /** Records the arguments of a call of `generate()`. */
  setRequest(parameters: object): void {
    this.#generates = true;
    this.#isStreamed ||= isStreamed(parameters);
    const { span } = this.#operation;
    if (this.#isGenerative && span.isRecording()) span.setAttributes(requestAttributes(parameters));
  }

  succeed(result: unknown): void {
    this.#hasEnded = true;
    const { span } = this.#operation;
    const isRecording = span.isRecording();
    if (this.#outputTokens === 0) this.#firstTokenTime = undefined;
    if (isRecording && this.#firstTokenTime !== undefined) this.#recordFirstToken(span, this.#firstTokenTime);
    this.#operation.succeed(
      result,
      EVENTS.stop.hasSubscribers ? this.#measurements() : undefined,
      isRecording ? this.#attributes() : undefined,
    );
  }

  fail(error: unknown): void {
    this.#hasEnded = true;
    const { span } = this.#operation;
    if (span.isRecording()) span.setAttributes(this.#attributes());
    this.#operation.fail(error);
  }

  #recordFirstToken(span: Span, time: number): void {
    span.setAttribute('snakepit.time_to_first_token', time);
    if (this.#isGenerative && this.#isStreamed) span.setAttributes(streamAttributes(time));
  }

  #measurements(): object {
    const hasRun = this.#runs > 0;
    return omitUndefined({
      queue_time: hasRun ? this.#queueTime : undefined,
      compute_time: hasRun ? this.#computeTime : undefined,
      runs: hasRun ? this.#runs : undefined,
      batch_size: this.#batchSize,
      input_tokens: this.#inputTokens,
      output_tokens: this.#outputTokens,
      time_to_first_token: this.#firstTokenTime,
    });
  }

  #attributes(): Attributes {
    const attributes: Attributes = this.#isGenerative
      ? usageAttributes({ input_tokens: this.#inputTokens, output_tokens: this.#outputTokens })
      : {};
    if (this.#runs > 0) {
      attributes['snakepit.inference.runs'] = this.#runs;
      attributes['snakepit.queue_time'] = this.#queueTime;
      attributes['snakepit.compute_time'] = this.#computeTime;
    }
    return attributes;
  }
}
