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
import { channelOf, publish } from '../../bus/bus.js';
import { catchErrors } from '../../common/catch-errors.js';
import { errorClass } from '../../common/error-class.js';
import { readError } from '../../common/read-error.js';
import { nanoseconds } from '../../common/units.js';
import { ATTR_ERROR_TYPE } from '../../semconv.js';
import { activeUsage, endSpanWithUsage, openUsage } from '../../spans/gpu-usage.js';
import type { SpanMetadata } from '../../spans/metadata.js';
import { recordError } from '../../spans/record-error.js';
import { startOtelSpan } from '../../spans/start-otel-span.js';
import { callHook } from '../options/call-hook.js';
import type { LibraryOptions } from '../options/library-options.js';

/** Marks events whose operation has no span, so that they start none. */
export const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

const NO_METADATA: SpanMetadata = Object.freeze({});

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

/** An operation of a library that has begun. Its members never throw. */
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
  readonly succeed: (
    result: unknown,
    measurements: object,
    attributes: Attributes,
    metadata?: SpanMetadata,
  ) => void;
  /** Publishes the exception event and ends the span. @param failure description, if the error is none */
  readonly fail: (error: unknown, failure?: OperationFailure) => void;
  /** Publishes the start event of an operation that began without events: the metadata was unknown then. */
  readonly publishStart: (events: OperationEvents, metadata: SpanMetadata) => void;
  /** Ends the span of an operation that continues for too long, without an event. */
  readonly expire: () => void;
}

/** Starts the span of an operation, and publishes its start event. */
export function startOperation<I, O>(operation: NewOperation<I, O>): LibraryOperation {
  const { library, options, info } = operation;
  let { events, metadata } = operation;
  const parent = context.active();
  const hasSpan = options.requireParentSpan === false || trace.getSpan(parent) !== undefined;
  const span = hasSpan ? startOtelSpan(operation.spanName, NO_METADATA, parent, operation.kind) : NO_SPAN;
  if (span.isRecording()) span.setAttributes(operation.attributes);
  const { device } = operation;
  const usage =
    device !== undefined && hasSpan ? openUsage('auto', { device }, span, activeUsage()) : undefined;
  if (hasSpan) callHook(library, options, 'startHook', span, info);
  if (events?.start.hasSubscribers)
    publish(events.start, String(events.start.name), { system_time: Date.now() * 1e6 }, metadata, span);
  const startedAt = performance.now();

  const end = (channel: Channel | undefined, more: object, measurements?: object): void => {
    const endedAt = performance.now();
    if (channel?.hasSubscribers) {
      const duration = nanoseconds(endedAt - startedAt);
      publish(channel, String(channel.name), { duration, ...measurements }, { ...metadata, ...more }, span);
    }
    if (hasSpan) endSpanWithUsage(span, usage, endedAt);
  };
  return {
    span,
    startedAt,
    succeed: catchErrors(`Recording ${library}`, (result, measurements, attributes, later = NO_METADATA) => {
      if (span.isRecording()) span.setAttributes(attributes);
      if (hasSpan) callHook(library, options, 'endHook', span, info, result, undefined);
      end(events?.stop, later, measurements);
    }),
    fail: catchErrors(`Recording ${library}`, (error, failure) => {
      const parts = failure === undefined ? readError(error) : undefined;
      if (span.isRecording()) {
        if (failure !== undefined) recordFailure(span, failure);
        else if (parts !== undefined) recordError(span, parts);
      }
      if (hasSpan) callHook(library, options, 'endHook', span, info, undefined, error);
      const details = failure?.metadata ?? { reason: error, error_type: errorClass(parts?.name) ?? 'Error' };
      end(events?.exception, details);
    }),
    publishStart: catchErrors(`Recording ${library}`, (laterEvents, laterMetadata) => {
      events = laterEvents;
      metadata = laterMetadata;
      if (!events.start.hasSubscribers) return;
      const system_time = (Date.now() - (performance.now() - startedAt)) * 1e6;
      publish(events.start, String(events.start.name), { system_time }, metadata, span);
    }),
    expire: catchErrors(`Recording ${library}`, () => {
      if (span.isRecording()) span.setAttribute('snakepit.unfinished', 'expired');
      if (hasSpan) callHook(library, options, 'endHook', span, info, undefined, undefined);
      end(undefined, NO_METADATA);
    }),
  };
}

function recordFailure(span: Span, { type, attributes }: OperationFailure): void {
  span.setAttributes({ ...attributes, [ATTR_ERROR_TYPE]: type });
  span.setStatus({ code: SpanStatusCode.ERROR });
}
