import { context, type Span, trace } from '@opentelemetry/api';
import { reportProblem } from '../bus/diagnostics.js';
import { toAttributes } from '../catalog/attributes.js';
import { errorMessage } from '../common/error-message.js';
import { singleLine } from '../common/single-line.js';
import { warnOnce } from '../common/warn-once.js';
import type { SpanGpuUsage } from '../gpu/usage/span-gpu-usage.js';
import { activeInstrumentation } from './active-instrumentation.js';
import { activeUsage, openUsage, runWithUsage } from './gpu-usage.js';
import { NO_METADATA, type SpanMetadata } from './metadata.js';
import { finish, finishWithError, type OpenOperation, publishStart, UNOBSERVED } from './operation.js';
import { gpuOf, NO_OPTIONS, type SpanOptions } from './span-options.js';
import { isSdkSeen, startSpanWithMetadata } from './start-otel-span.js';
import { watchResult } from './watch/watch-result.js';

export type { SpanMetadata } from './metadata.js';
export type { SpanOptions } from './span-options.js';

/**
 * Runs `fn` in an active OTel span and publishes `<name>.start`, then `<name>.stop` or `<name>.exception`. An error is recorded
 * on the span and rethrown, the same object.
 *
 * The result of `fn` is returned, the same object. Only for a plain native promise a derived one is returned. The span ends when
 * the result does: a promise settles; a generator, iterator or stream is read to its end, fails, or is closed. Code that runs
 * then for the result has the span as its active one. A lazy promise-like, such as a query builder, is not started: its span
 * ends when the caller has awaited it. A result that is never awaited or read ends its span as of its return, when it is
 * garbage collected. A socket is a connection, not a stream: its span ends at once.
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
  givenName: string,
  metadataOrFn: SpanMetadata | ((span: Span) => T),
  maybeFn?: (span: Span) => T,
  options: SpanOptions = NO_OPTIONS,
): T {
  const [metadata, fn] =
    typeof metadataOrFn === 'function'
      ? [NO_METADATA, metadataOrFn]
      : [metadataOrFn, maybeFn as (span: Span) => T];
  const name = nameOf(givenName);
  const gpu = options === NO_OPTIONS ? activeInstrumentation.spanGpu : gpuOf(options);
  const parentUsage = gpu ? activeUsage() : undefined;
  const parent = context.active();
  const otelSpan = startSpanWithMetadata(name, metadata, parent);
  return context.with(trace.setSpan(parent, otelSpan), () => {
    const usage = gpu ? tryOpenUsage(gpu, metadata, otelSpan, parentUsage) : undefined;
    const startedAt = publishStart(name, metadata, otelSpan);
    if (startedAt === UNOBSERVED && !isSdkSeen()) return fn(otelSpan);
    let result: T;
    try {
      result = usage === undefined ? fn(otelSpan) : runWithUsage(usage, () => fn(otelSpan));
    } catch (error) {
      finishWithError({ name, metadata, otelSpan, startedAt, usage }, error);
      throw error;
    }
    const operation: OpenOperation = { name, metadata, otelSpan, startedAt, usage };
    if ((typeof result === 'object' && result !== null) || typeof result === 'function') {
      const inside = usage === undefined ? context.active() : runWithUsage(usage, () => context.active());
      return watchResult(result as object, operation, inside) as T;
    }
    finish(operation);
    return result;
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
 * @param givenName name of the span
 * @param metadata metadata of the events, and span attributes under `snakepit.`. @default {}
 * @param options GPU whose usage is recorded
 */
export function startSpan(
  givenName: string,
  metadata: SpanMetadata = NO_METADATA,
  options: SpanOptions = NO_OPTIONS,
): SpanReference {
  const name = nameOf(givenName);
  const gpu = options === NO_OPTIONS ? activeInstrumentation.spanGpu : gpuOf(options);
  const otelSpan = startSpanWithMetadata(name, metadata, context.active());
  const usage = gpu ? tryOpenUsage(gpu, metadata, otelSpan, activeUsage()) : undefined;
  const startedAt = publishStart(name, metadata, otelSpan);
  return new SpanReference(name, metadata, otelSpan, startedAt, usage);
}

/** Ends a span. `extra` overrides its metadata. Ending a span twice only counts a diagnostic event. Never throws. */
export function endSpan(reference: SpanReference, extra: SpanMetadata = NO_METADATA): void {
  if (!close(reference)) return;
  try {
    reference.span.setAttributes(toAttributes(extra));
  } catch (error) {
    warnOnce(`Ending span '${reference.name}' failed: ${errorMessage(error)}`);
  }
  finish(operationOf(reference), extra);
}

/** Ends a span with the error that its operation threw. Never throws. */
export function endSpanException(reference: SpanReference, error: unknown): void {
  if (close(reference)) finishWithError(operationOf(reference), error);
}

/** Characters of a name. */
const MAX_NAME_LENGTH = 1024;

/** Returns the name of a span as a string, whatever the host passes. */
function nameOf(name: unknown): string {
  const text = typeof name === 'string' ? name : singleLine(name);
  return text.length > MAX_NAME_LENGTH ? text.slice(0, MAX_NAME_LENGTH) : text;
}

/** As `close()` of a reference. The host may pass another value, such as `undefined` after a failure of its own. */
function close(reference: SpanReference): boolean {
  try {
    return reference.close();
  } catch {
    warnOnce('A span was ended with a value that startSpan() did not return; it is ignored');
    return false;
  }
}

const operationOf = ({ name, metadata, span, startedAt, usage }: SpanReference): OpenOperation => ({
  name,
  metadata,
  otelSpan: span,
  startedAt,
  usage,
});

/** As openUsage, for metadata of the host, whose getters may throw. */
function tryOpenUsage(...args: Parameters<typeof openUsage>): SpanGpuUsage | undefined {
  try {
    return openUsage(...args);
  } catch (error) {
    warnOnce(`GPU usage of a span is not recorded: ${errorMessage(error)}`);
    return undefined;
  }
}
