import type { Channel } from 'node:diagnostics_channel';
import { INVALID_TRACEID, type SpanOptions as OtelSpanOptions, type Span } from '@opentelemetry/api';
import { channelOf, publish } from '../bus/bus.js';
import { reportProblem } from '../bus/diagnostics.js';
import { toAttributes } from '../catalog/attributes.js';
import { isPromiseLike } from '../common/is-promise-like.js';
import { LookupCache } from '../common/lookup-cache.js';
import { nanoseconds } from '../common/units.js';
import type { SpanGpu } from '../gpu/usage/span-gpu.js';
import type { SpanGpuUsage } from '../gpu/usage/span-gpu-usage.js';
import { activeInstrumentation } from './active-instrumentation.js';
import { activeUsage, endSpanWithUsage, openUsage, runWithUsage } from './gpu-usage.js';
import { recordError } from './record-error.js';
import { tracer } from './tracer.js';

/** Metadata of a span, by key. */
export type SpanMetadata = Readonly<Record<string, unknown>>;

/** Options of {@link span} and {@link startSpan}. */
export interface SpanOptions {
  /**
   * GPU whose usage is recorded on the span as `snakepit.gpu.*` attributes: a device such as `cuda:0`, or `auto` for the
   * device in the metadata, the only GPU, or the only one on which this process or a descendant holds memory. Requires a
   * running `GPUProfiler`. `false` records none.
   * @default `spanGpu` of the instrumentation
   */
  readonly gpu?: SpanGpu | false;
}

/** Channels of a span name. */
interface Operation {
  readonly name: string;
  readonly start: Channel;
  readonly stop: Channel;
  readonly exception: Channel;
}

const NO_METADATA: SpanMetadata = Object.freeze({});
const NO_OPTIONS: SpanOptions = Object.freeze({});
const UNOBSERVED = -1;
const MAX_REMEMBERED_OPERATIONS = 10_000;

const operations = new LookupCache<Operation>(
  (name) => ({
    name,
    start: channelOf(`${name}.start`),
    stop: channelOf(`${name}.stop`),
    exception: channelOf(`${name}.exception`),
  }),
  MAX_REMEMBERED_OPERATIONS,
);

/**
 * Runs `fn` in an active OTel span and publishes `<name>.start`, then `<name>.stop` or `<name>.exception`. A returned promise
 * is awaited. The result is returned, and an error is recorded on the span and rethrown.
 *
 * @param name name of the span
 * @param metadata metadata of the events, and span attributes under `snakepit.`
 * @param fn the operation; receives the span
 * @param options GPU whose usage is recorded
 */
export function span<T>(
  name: string,
  metadata: SpanMetadata,
  fn: (span: Span) => T,
  options?: SpanOptions,
): T;
/** Runs `fn` in an active OTel span without metadata. */
export function span<T>(name: string, fn: (span: Span) => T): T;
export function span<T>(
  name: string,
  metadataOrFn: SpanMetadata | ((span: Span) => T),
  maybeFn?: (span: Span) => T,
  options: SpanOptions = NO_OPTIONS,
): T {
  const [metadata, fn] =
    typeof metadataOrFn === 'function'
      ? [NO_METADATA, metadataOrFn]
      : [metadataOrFn, maybeFn as (span: Span) => T];
  const operation = operations.get(name);
  const { gpu = activeInstrumentation.spanGpu } = options;
  const parentUsage = gpu ? activeUsage() : undefined;
  return tracer().startActiveSpan(name, startOptions(metadata), (otelSpan) => {
    if (!sdkSeen) detectSdk(otelSpan, metadata);
    const usage = gpu ? openUsage(gpu, metadata, otelSpan, parentUsage) : undefined;
    const startedAt = publishStart(operation, metadata, otelSpan);
    let result: T;
    try {
      result = usage === undefined ? fn(otelSpan) : runWithUsage(usage, () => fn(otelSpan));
    } catch (error) {
      finishWithError(operation, metadata, otelSpan, startedAt, usage, error);
      throw error;
    }
    if (!isPromiseLike(result)) {
      finish(operation, metadata, otelSpan, startedAt, usage);
      return result;
    }
    return result.then(
      (value) => {
        finish(operation, metadata, otelSpan, startedAt, usage);
        return value;
      },
      (error) => {
        finishWithError(operation, metadata, otelSpan, startedAt, usage, error);
        throw error;
      },
    ) as T;
  });
}

/** A span that {@link startSpan} started. Pass it to {@link endSpan} or {@link endSpanException} once. */
export class SpanReference {
  #open = true;

  /** @internal */
  constructor(
    /** Name of the span. */
    readonly name: string,
    /** Metadata of its events. */
    readonly metadata: SpanMetadata,
    /** The OTel span. It is not active; run children in `context.with(trace.setSpan(context.active(), span), …)`. */
    readonly span: Span,
    /** Start time, ms of `performance.now()`. @internal */
    readonly startedAt: number,
    /** GPU usage since the start. @internal */
    readonly usage: SpanGpuUsage | undefined,
  ) {}

  /** Closes the reference. Returns false, and counts a diagnostic event, if it is closed already. @internal */
  close(): boolean {
    if (this.#open) {
      this.#open = false;
      return true;
    }
    reportProblem(
      'snakepit.telemetry.span.unmatched',
      { span: this.name, problem: 'ended_twice' },
      `Span '${this.name}' was ended twice`,
    );
    return false;
  }
}

/**
 * Starts a span that {@link endSpan} ends. Its parent is the active span; it does not become active.
 *
 * @param name name of the span
 * @param metadata metadata of the events, and span attributes under `snakepit.`. @default {}
 * @param options GPU whose usage is recorded
 */
export function startSpan(
  name: string,
  metadata: SpanMetadata = NO_METADATA,
  { gpu = activeInstrumentation.spanGpu }: SpanOptions = NO_OPTIONS,
): SpanReference {
  const otelSpan = tracer().startSpan(name, startOptions(metadata));
  if (!sdkSeen) detectSdk(otelSpan, metadata);
  const usage = gpu ? openUsage(gpu, metadata, otelSpan, activeUsage()) : undefined;
  const startedAt = publishStart(operations.get(name), metadata, otelSpan);
  return new SpanReference(name, metadata, otelSpan, startedAt, usage);
}

/** Ends a span. `extra` overrides its metadata. Ending a span twice only counts a diagnostic event. */
export function endSpan(reference: SpanReference, extra: SpanMetadata = NO_METADATA): void {
  if (!reference.close()) return;
  reference.span.setAttributes(toAttributes(extra));
  finish(
    operations.get(reference.name),
    { ...reference.metadata, ...extra },
    reference.span,
    reference.startedAt,
    reference.usage,
  );
}

/** Ends a span with the error that its operation threw. Never throws. */
export function endSpanException(reference: SpanReference, error: unknown): void {
  if (!reference.close()) return;
  finishWithError(
    operations.get(reference.name),
    reference.metadata,
    reference.span,
    reference.startedAt,
    reference.usage,
    error,
  );
}

// Attributes serve samplers and exporters. They are not built until an SDK has given a span an id.
let sdkSeen = false;

const startOptions = (metadata: SpanMetadata): OtelSpanOptions =>
  sdkSeen ? { attributes: toAttributes(metadata) } : {};

function detectSdk(otelSpan: Span, metadata: SpanMetadata): void {
  if (otelSpan.spanContext().traceId === INVALID_TRACEID) return;
  sdkSeen = true;
  otelSpan.setAttributes(toAttributes(metadata));
}

/** Returns the start time (ms, monotonic), or UNOBSERVED if no handler or recorder is attached. */
function publishStart(operation: Operation, metadata: SpanMetadata, otelSpan: Span): number {
  const { start, stop, exception } = operation;
  if (start.hasSubscribers) {
    publish(start, start.name as string, { system_time: Date.now() * 1e6 }, metadata, otelSpan);
  } else if (!stop.hasSubscribers && !exception.hasSubscribers) {
    return UNOBSERVED;
  }
  return performance.now();
}

function finish(
  operation: Operation,
  metadata: SpanMetadata,
  otelSpan: Span,
  startedAt: number,
  usage: SpanGpuUsage | undefined,
): void {
  if (startedAt !== UNOBSERVED) publishEnd(operation.stop, metadata, otelSpan, startedAt);
  endSpanWithUsage(otelSpan, usage);
}

function finishWithError(
  operation: Operation,
  metadata: SpanMetadata,
  otelSpan: Span,
  startedAt: number,
  usage: SpanGpuUsage | undefined,
  error: unknown,
): void {
  recordError(otelSpan, error);
  if (startedAt !== UNOBSERVED) {
    const stacktrace = error instanceof Error ? error.stack : undefined;
    publishEnd(
      operation.exception,
      { ...metadata, kind: 'error', reason: error, stacktrace },
      otelSpan,
      startedAt,
    );
  }
  endSpanWithUsage(otelSpan, usage);
}

function publishEnd(channel: Channel, metadata: SpanMetadata, otelSpan: Span, startedAt: number): void {
  if (!channel.hasSubscribers) return;
  const duration = nanoseconds(performance.now() - startedAt);
  publish(channel, channel.name as string, { duration }, metadata, otelSpan);
}
