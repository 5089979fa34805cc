import type { Channel } from 'node:diagnostics_channel';
import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { channelOf, publishUntraced } from '../../bus/bus.js';
import { errorClass } from '../../common/error-class.js';
import { errorMessage } from '../../common/error-message.js';
import { readError } from '../../common/read-error.js';
import { nanoseconds } from '../../common/units.js';
import { warnOnce } from '../../common/warn-once.js';
import { ATTR_ERROR_TYPE } from '../../semconv.js';
import { activeUsage, endSpanWithUsage, openUsage } from '../../spans/gpu-usage.js';
import type { SpanMetadata } from '../../spans/metadata.js';
import { recordError } from '../../spans/record-error.js';
import { startOtelSpan } from '../../spans/start-otel-span.js';
import { callHook } from '../options/call-hook.js';
import type { LibraryOptions } from '../options/library-options.js';

/** Span of an operation that has none. */
const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** Events of a kind of operation: `<name>.start`, `<name>.stop` and `<name>.exception`. */
export interface OperationEvents {
  readonly start: Channel;
  readonly stop: Channel;
  readonly exception: Channel;
}

/** Returns the channels of the events of an operation. */
export const operationEvents = (name: string): OperationEvents => ({
  start: channelOf(`${name}.start`),
  stop: channelOf(`${name}.stop`),
  exception: channelOf(`${name}.exception`),
});

/** An operation of a library: its events, and its span unless that needs a parent and has none. */
export interface NewOperation<I, O> {
  /** Key of the library in `instrumentations`, for log messages. */
  readonly library: string;
  readonly options: LibraryOptions<I, O>;
  /** Channels of the start, stop and exception events. @default no such events */
  readonly events?: OperationEvents;
  readonly spanName: string;
  /** Kind of the span. @default INTERNAL */
  readonly kind?: SpanKind;
  /** Attributes of the span at its start, by their full names. */
  readonly attributes: Attributes;
  /** Metadata of the events. */
  readonly metadata: SpanMetadata;
  /** Argument of the hooks. */
  readonly info: I;
  /** CUDA device whose usage is recorded on the span, as this process numbers it. */
  readonly device?: string | undefined;
}

/** Failure of an operation without an error that describes it, such as that of a process. */
export interface OperationFailure {
  /** Class of the failure, in `error.type`. */
  readonly type: string;
  /** Attributes that were unknown at the start, by their full names. */
  readonly attributes: Attributes;
  /** Metadata of the exception event beside that of the start event. */
  readonly metadata: SpanMetadata;
}

/** An operation of a library that has begun. Its methods never throw. */
export interface LibraryOperation {
  /** The span; one that is not recorded if the operation has none. */
  readonly span: Span;
  /** Start, ms of `performance.now()`. */
  readonly startedAt: number;
  /**
   * Publishes the stop event and ends the span.
   *
   * @param measurements those of the stop event beside the duration
   * @param attributes attributes that were unknown at the start, by their full names
   * @param metadata metadata of the stop event that differs from that of the start event
   */
  succeed(result: unknown, measurements?: object, attributes?: Attributes, metadata?: SpanMetadata): void;
  /** Publishes the exception event and ends the span. @param failure description, if the error is none */
  fail(error: unknown, failure?: OperationFailure): void;
  /** Publishes the start event of an operation that began without events: the metadata was unknown then. */
  publishStart(events: OperationEvents, metadata: SpanMetadata): void;
  /** Ends the span of an operation that continues for too long, without an event. */
  expire(): void;
}

/** Starts the span of an operation, and publishes its start event. */
export const startOperation = <I, O>(operation: NewOperation<I, O>): LibraryOperation =>
  new Operation(operation);

/** One object: an operation is on the path of every call of a library. */
class Operation<I, O> implements LibraryOperation {
  readonly span: Span;
  readonly startedAt: number;
  readonly #library: string;
  readonly #options: LibraryOptions<I, O>;
  readonly #info: I;
  readonly #hasSpan: boolean;
  readonly #usage: ReturnType<typeof openUsage>;
  #events: OperationEvents | undefined;
  #metadata: SpanMetadata;

  constructor(operation: NewOperation<I, O>) {
    const { library, options, info, events, metadata, device } = operation;
    this.#library = library;
    this.#options = options;
    this.#info = info;
    this.#events = events;
    this.#metadata = metadata;
    const parent = context.active();
    this.#hasSpan = options.requireParentSpan === false || trace.getSpan(parent) !== undefined;
    this.span = this.#hasSpan
      ? startOtelSpan(operation.spanName, { kind: operation.kind, attributes: operation.attributes }, parent)
      : NO_SPAN;
    if (this.#hasSpan) {
      if (device !== undefined) this.#usage = openUsage('auto', { device }, this.span, activeUsage());
      callHook(library, options, 'startHook', this.span, info);
    }
    if (events?.start.hasSubscribers)
      publishUntraced(events.start, { system_time: Date.now() * 1e6 }, metadata, this.span);
    this.startedAt = performance.now();
  }

  succeed(result: unknown, measurements?: object, attributes?: Attributes, metadata?: SpanMetadata): void {
    try {
      if (attributes !== undefined && this.span.isRecording()) this.span.setAttributes(attributes);
      this.#callEndHook(result, undefined);
      this.#end(this.#events?.stop, measurements, metadata);
    } catch (error) {
      this.#warn(error);
    }
  }

  fail(error: unknown, failure?: OperationFailure): void {
    try {
      const parts = failure === undefined ? readError(error) : undefined;
      if (this.span.isRecording()) {
        if (failure !== undefined) recordFailure(this.span, failure);
        else if (parts !== undefined) recordError(this.span, parts);
      }
      this.#callEndHook(undefined, error);
      const details = failure?.metadata ?? { reason: error, error_type: errorClass(parts?.name) ?? 'Error' };
      this.#end(this.#events?.exception, undefined, details);
    } catch (thrown) {
      this.#warn(thrown);
    }
  }

  publishStart(events: OperationEvents, metadata: SpanMetadata): void {
    try {
      this.#events = events;
      this.#metadata = metadata;
      if (!events.start.hasSubscribers) return;
      const system_time = (Date.now() - (performance.now() - this.startedAt)) * 1e6;
      publishUntraced(events.start, { system_time }, metadata, this.span);
    } catch (error) {
      this.#warn(error);
    }
  }

  expire(): void {
    try {
      if (this.span.isRecording()) this.span.setAttribute('snakepit.unfinished', 'expired');
      this.#callEndHook(undefined, undefined);
      this.#end(undefined);
    } catch (error) {
      this.#warn(error);
    }
  }

  #end(channel: Channel | undefined, measurements?: object, metadata?: SpanMetadata): void {
    const endedAt = performance.now();
    if (channel?.hasSubscribers) {
      const duration = nanoseconds(endedAt - this.startedAt);
      const details = metadata === undefined ? this.#metadata : { ...this.#metadata, ...metadata };
      publishUntraced(channel, { duration, ...measurements }, details, this.span);
    }
    if (this.#hasSpan) endSpanWithUsage(this.span, this.#usage, endedAt);
  }

  #callEndHook(result: unknown, error: unknown): void {
    if (this.#hasSpan)
      callHook(this.#library, this.#options, 'endHook', this.span, this.#info, result, error);
  }

  #warn(error: unknown): void {
    warnOnce(`Recording ${this.#library} failed: ${errorMessage(error)}`);
  }
}

function recordFailure(span: Span, { type, attributes }: OperationFailure): void {
  span.setAttributes({ ...attributes, [ATTR_ERROR_TYPE]: type });
  span.setStatus({ code: SpanStatusCode.ERROR });
}
