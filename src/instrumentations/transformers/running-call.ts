import { type Attributes, type Context, context, isSpanContextValid, trace } from '@opentelemetry/api';
import { omitUndefined } from '../../common/omit-undefined.js';
import {
  type EnclosedRun,
  type EnclosingCall,
  type RunTimes,
  setEnclosingCall,
} from '../onnxruntime/enclosing-call.js';
import { setInputs } from '../onnxruntime/runs.js';
import { type LibraryOperation, operationEvents, startOperation } from '../operations/library-operation.js';
import { optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { callAttributes, requestAttributes, usageAttributes } from './gen-ai.js';
import type { ModelCall } from './model-call.js';
import { isOfModel, type LoadedModel, type SpanStart } from './models.js';
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

/** Returns the start of a span, which is the same for all calls of a kind. */
function spanStart(
  { name, attributes, spans }: LoadedModel,
  title: string,
  operation: string | undefined,
  task: string | undefined,
): SpanStart {
  const key = `${title} ${task}`;
  const known = spans.get(key);
  if (known !== undefined) return known;
  const start: SpanStart = {
    name: `${title} ${name}`,
    attributes: {
      ...attributes,
      ...callAttributes(operation, name),
      ...(task !== undefined && { 'snakepit.task': task }),
    },
  };
  spans.set(key, start);
  return start;
}

/** A call of a pipeline or of `generate()`. The runs of its model are a part of it: they have no span and no event. */
export class RunningCall implements EnclosingCall {
  readonly model: object;
  readonly loads = undefined;
  /** Context inside of the call. */
  readonly context: Context;
  readonly #sessions: ReadonlySet<object>;
  readonly #isGenerative: boolean;
  readonly #operation: LibraryOperation;
  #hasEnded = false;
  #runs = 0;
  #queueTime = 0;
  #computeTime = 0;
  #batchSize: number | undefined;
  #inputTokens: number | undefined;
  #outputTokens: number | undefined;

  constructor({ model, facts, operation, defaultOperation, info }: NewCall) {
    this.model = model;
    this.#sessions = facts.sessions;
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

  addRun(session: object, run: EnclosedRun) {
    if (!this.#sessions.has(session)) return () => {};
    if (this.#runs === 0) {
      this.#batchSize = run.batchSize;
      const { span } = this.#operation;
      if (span.isRecording()) setInputs(span, run);
    }
    this.#runs++;
    return (times?: RunTimes) => {
      this.#queueTime += times?.queue_time ?? 0;
      this.#computeTime += times?.compute_time ?? 0;
    };
  }

  /** Adds the tokens of a call of `generate()`. */
  addTokens({ input_tokens, output_tokens }: TokenUsage): void {
    if (input_tokens !== undefined) this.#inputTokens = (this.#inputTokens ?? 0) + input_tokens;
    if (output_tokens !== undefined) this.#outputTokens = (this.#outputTokens ?? 0) + output_tokens;
  }

  /** Records the arguments of a call of `generate()`. */
  setRequest(parameters: object): void {
    const { span } = this.#operation;
    if (this.#isGenerative && span.isRecording()) span.setAttributes(requestAttributes(parameters));
  }

  readonly succeed = (result: unknown): void => {
    this.#hasEnded = true;
    const tokens = { input_tokens: this.#inputTokens, output_tokens: this.#outputTokens };
    const times = this.#times();
    const measurements = omitUndefined({
      ...tokens,
      ...times,
      runs: times && this.#runs,
      batch_size: this.#batchSize,
    });
    this.#operation.succeed(result, measurements, {
      ...this.#runAttributes(),
      ...(this.#isGenerative && usageAttributes(tokens)),
    });
  };

  readonly fail = (error: unknown): void => {
    this.#hasEnded = true;
    const { span } = this.#operation;
    if (span.isRecording()) span.setAttributes(this.#runAttributes());
    this.#operation.fail(error);
  };

  /** Returns the sums of the times of the runs; `undefined` if none was recorded. */
  #times(): RunTimes | undefined {
    return this.#runs === 0 ? undefined : { queue_time: this.#queueTime, compute_time: this.#computeTime };
  }

  #runAttributes(): Attributes {
    if (this.#runs === 0) return {};
    return {
      'snakepit.inference.runs': this.#runs,
      'snakepit.queue_time': this.#queueTime,
      'snakepit.compute_time': this.#computeTime,
    };
  }
}
