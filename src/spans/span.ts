import type { Channel } from 'node:diagnostics_channel';
import { INVALID_TRACEID, type SpanOptions as OtelSpanOptions, type Span } from '@opentelemetry/api';
import { channelOf, publish } from '../bus/bus.js';
import { reportProblem } from '../bus/diagnostics.js';
import { toAttributes } from '../catalog/attributes.js';
import { isPromiseLike } from '../common/is-promise-like.js';
import { LookupCache } from '../common/lookup-cache.js';
import type { SpanGpu } from '../gpu/usage/span-gpu.js';
import type { SpanGpuUsage } from '../gpu/usage/span-gpu-usage.js';
import { activeInstrumentation } from './active-instrumentation.js';
import { activeUsage, endSpanWithUsage, openUsage, runWithUsage } from './gpu-usage.js';
import { recordError } from './record-error.js';
import { tracer } from './tracer.js';

type SpanMetadata = Readonly<Record<string, unknown>>;

export interface SpanOptions {
  /**
   * The GPU that the operation uses, `cuda:0` or the like: what it used of it becomes attributes of the span
   * (`snakepit.gpu.*`), as far as a running `GPUProfiler` has read it meanwhile. `auto` takes the device that the
   * metadata names, the only GPU, or the only one on which this process or one that it started holds memory.
   * @default `spanGpu` of the instrumentation
   */
  readonly gpu?: SpanGpu | false;
}

/** The three channels of a span name. */
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
 * Runs `fn` in an active OTel span and publishes `<name>.start`, then `.stop` or `.exception`. Promises are awaited;
 * results and errors pass through as they are, and an error is recorded on the span.
 *
 * @param metadata becomes the events' metadata, and span attributes under `snakepit.`
 */
export function span<T>(
  name: string,
  metadata: SpanMetadata,
  fn: (span: Span) => T,
  options?: SpanOptions,
): T;
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
  const whole = gpu ? activeUsage() : undefined;
  return tracer().startActiveSpan(name, startOptions(metadata), (otelSpan) => {
    if (!sdkSeen) lookForSdk(otelSpan, metadata);
    const account = gpu ? openUsage(gpu, metadata, otelSpan, whole) : undefined;
    const startedAt = publishStart(operation, metadata, otelSpan);
    let result: T;
    try {
      result = account === undefined ? fn(otelSpan) : runWithUsage(account, () => fn(otelSpan));
    } catch (error) {
      finishWithError(operation, metadata, otelSpan, startedAt, account, error);
      throw error;
    }
    if (!isPromiseLike(result)) {
      finish(operation, metadata, otelSpan, startedAt, account);
      return result;
    }
    return result.then(
      (value) => {
        finish(operation, metadata, otelSpan, startedAt, account);
        return value;
      },
      (error) => {
        finishWithError(operation, metadata, otelSpan, startedAt, account, error);
        throw error;
      },
    ) as T;
  });
}

/** A span begun by {@link startSpan}, to be handed to {@link endSpan} or {@link endSpanException} once. */
export class SpanReference {
  private open = true;

  /** @internal */
  constructor(
    readonly name: string,
    readonly metadata: SpanMetadata,
    /** The OTel span; it is not active: use `context.with(trace.setSpan(…))` to give it children. */
    readonly span: Span,
    /** @internal */
    readonly startedAt: number,
    /** @internal */
    readonly account: SpanGpuUsage | undefined,
  ) {}

  /** Closes the reference; false, and counted, when it was closed before. @internal */
  close(): boolean {
    if (this.open) {
      this.open = false;
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

/** Begins a span that {@link endSpan} ends. It takes the active span as parent, and does not become active itself. */
export function startSpan(
  name: string,
  metadata: SpanMetadata = NO_METADATA,
  { gpu = activeInstrumentation.spanGpu }: SpanOptions = NO_OPTIONS,
): SpanReference {
  const otelSpan = tracer().startSpan(name, startOptions(metadata));
  if (!sdkSeen) lookForSdk(otelSpan, metadata);
  const account = gpu ? openUsage(gpu, metadata, otelSpan, activeUsage()) : undefined;
  const startedAt = publishStart(operations.get(name), metadata, otelSpan);
  return new SpanReference(name, metadata, otelSpan, startedAt, account);
}

/** Ends a span. `extra` is added to its metadata and wins over it. Ending twice is counted, not emitted. */
export function endSpan(reference: SpanReference, extra: SpanMetadata = NO_METADATA): void {
  if (!reference.close()) return;
  reference.span.setAttributes(toAttributes(extra));
  finish(
    operations.get(reference.name),
    { ...reference.metadata, ...extra },
    reference.span,
    reference.startedAt,
    reference.account,
  );
}

/** Ends a span with the error that ended its work. Throws nothing. */
export function endSpanException(reference: SpanReference, error: unknown): void {
  if (!reference.close()) return;
  finishWithError(
    operations.get(reference.name),
    reference.metadata,
    reference.span,
    reference.startedAt,
    reference.account,
    error,
  );
}

// Attributes are built for samplers and exporters; while no SDK has ever given a span an id, there are none.
let sdkSeen = false;

const startOptions = (metadata: SpanMetadata): OtelSpanOptions =>
  sdkSeen ? { attributes: toAttributes(metadata) } : {};

function lookForSdk(otelSpan: Span, metadata: SpanMetadata): void {
  if (otelSpan.spanContext().traceId === INVALID_TRACEID) return;
  sdkSeen = true;
  otelSpan.setAttributes(toAttributes(metadata));
}

/** Returns when the work began (ms, monotonic), or UNOBSERVED: nobody listens, so nobody will be told of the end. */
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
  account: SpanGpuUsage | undefined,
): void {
  if (startedAt !== UNOBSERVED) publishEnd(operation.stop, metadata, otelSpan, startedAt);
  endSpanWithUsage(otelSpan, account);
}

function finishWithError(
  operation: Operation,
  metadata: SpanMetadata,
  otelSpan: Span,
  startedAt: number,
  account: SpanGpuUsage | undefined,
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
  endSpanWithUsage(otelSpan, account);
}

function publishEnd(channel: Channel, metadata: SpanMetadata, otelSpan: Span, startedAt: number): void {
  if (!channel.hasSubscribers) return;
  const duration = Math.round((performance.now() - startedAt) * 1e6);
  publish(channel, channel.name as string, { duration }, metadata, otelSpan);
}
