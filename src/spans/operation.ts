import type { Channel } from 'node:diagnostics_channel';
import type { Span } from '@opentelemetry/api';
import { channelOf, publishUntraced } from '../bus/bus.js';
import { errorMessage } from '../common/error-message.js';
import { LookupCache } from '../common/lookup-cache.js';
import { readError } from '../common/read-error.js';
import { nanoseconds } from '../common/units.js';
import { warnOnce } from '../common/warn-once.js';
import type { SpanGpuUsage } from '../gpu/usage/span-gpu-usage.js';
import { endSpanWithUsage } from './gpu-usage.js';
import { mergeMetadata, NO_METADATA, type SpanMetadata } from './metadata.js';
import { recordError } from './record-error.js';

/** Channels of a span name. */
interface OperationChannels {
  readonly name: string;
  readonly start: Channel;
  readonly stop: Channel;
  readonly exception: Channel;
}

/** Start time of an operation that no handler or recorder receives. */
export const UNOBSERVED = -1;
const MAX_REMEMBERED_OPERATIONS = 10_000;

const operations = new LookupCache<OperationChannels>(
  (name) => ({
    name,
    start: channelOf(`${name}.start`),
    stop: channelOf(`${name}.stop`),
    exception: channelOf(`${name}.exception`),
  }),
  MAX_REMEMBERED_OPERATIONS,
);

/** Publishes the start event. Returns the start time (ms, monotonic), or UNOBSERVED if no handler or recorder is attached. */
export function publishStart(name: string, metadata: SpanMetadata, otelSpan: Span): number {
  const { start, stop, exception } = operations.get(name);
  if (start.hasSubscribers) {
    publishUntraced(start, { system_time: Date.now() * 1e6 }, metadata, otelSpan);
  } else if (!stop.hasSubscribers && !exception.hasSubscribers) {
    return UNOBSERVED;
  }
  return performance.now();
}

/** A span, and what is needed to end it with its events. */
export interface OpenOperation {
  readonly name: string;
  readonly metadata: SpanMetadata;
  readonly otelSpan: Span;
  /** As returned by {@link publishStart}. */
  readonly startedAt: number;
  readonly usage: SpanGpuUsage | undefined;
}

/**
 * Publishes the stop event, and ends the span. Never throws.
 *
 * @param extra metadata of the stop event that the start event lacks
 * @param endedAt end, ms of `performance.now()`. @default now
 */
export function finish(operation: OpenOperation, extra: SpanMetadata = NO_METADATA, endedAt?: number): void {
  const { name, metadata, otelSpan, startedAt, usage } = operation;
  try {
    if (startedAt !== UNOBSERVED) {
      const merged = extra === NO_METADATA ? metadata : mergeMetadata(metadata, extra);
      publishEnd(operations.get(name).stop, merged, otelSpan, startedAt, endedAt);
    }
    endSpanWithUsage(otelSpan, usage, endedAt);
  } catch (error) {
    reportFailure(name, error);
  }
}

/** Publishes the exception event, and ends the span with the error that its operation threw. Never throws. */
export function finishWithError(operation: OpenOperation, thrown: unknown): void {
  const { name, metadata, otelSpan, startedAt, usage } = operation;
  const isRecording = otelSpan.isRecording();
  if (isRecording || startedAt !== UNOBSERVED) {
    const parts = readError(thrown);
    try {
      if (isRecording) recordError(otelSpan, parts);
    } catch (error) {
      reportFailure(name, error);
    }
    if (startedAt !== UNOBSERVED) {
      const extra = { kind: 'error', reason: thrown, stacktrace: parts.stack };
      publishEnd(operations.get(name).exception, mergeMetadata(metadata, extra), otelSpan, startedAt);
    }
  }
  try {
    endSpanWithUsage(otelSpan, usage);
  } catch (error) {
    reportFailure(name, error);
  }
}

function publishEnd(
  channel: Channel,
  metadata: SpanMetadata,
  otelSpan: Span,
  startedAt: number,
  endedAt = performance.now(),
): void {
  if (!channel.hasSubscribers) return;
  const duration = nanoseconds(endedAt - startedAt);
  publishUntraced(channel, { duration }, metadata, otelSpan);
}

const reportFailure = (name: string, error: unknown): void =>
  warnOnce(`Ending span '${name}' failed: ${errorMessage(error)}`);
