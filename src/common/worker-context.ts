import { randomBytes } from 'node:crypto';
import { isSpanContextValid, trace } from '@opentelemetry/api';

/** Context that a worker continues: see {@link workerContext}. */
export interface WorkerContext {
  /** Environment variables for a process that is started: `SNAKEPIT_CORRELATION_ID`, `TRACEPARENT` and `TRACESTATE`. */
  readonly env: Record<string, string>;
  /** gRPC metadata for a call: `x-snakepit-correlation-id`, `traceparent` and `tracestate`. */
  readonly metadata: Record<string, string>;
  /** Correlation id of the request. */
  readonly correlationId: string;
}

/** Random bytes of a correlation id, as many as Snakepit's have. */
const ID_BYTES = 12;

/**
 * Returns the context of the active span, for a worker to continue. Snakepit's Python workers pass the correlation id on to their
 * events and read no `traceparent`. The id is therefore the `traceparent` itself: events with it are recorded under the span. Without
 * an active span, it is a new id in Snakepit's form, `sp-` and 24 hexadecimal digits, and there is no `traceparent`.
 *
 * ```ts
 * const { env, metadata } = workerContext();
 * spawn('python3', ['tool.py'], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'pipe'] });
 * client.executeTool(request, grpc.Metadata.fromHttp2Headers(metadata), callback);
 * ```
 */
export function workerContext(): WorkerContext {
  const spanContext = trace.getActiveSpan()?.spanContext();
  if (spanContext === undefined || !isSpanContextValid(spanContext)) {
    return withCorrelationId(`sp-${randomBytes(ID_BYTES).toString('hex')}`);
  }
  const { traceId, spanId, traceFlags, traceState } = spanContext;
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 0xff).toString(16).padStart(2, '0')}`;
  const { env, metadata } = withCorrelationId(traceparent);
  const tracestate = traceState?.serialize();
  return {
    env: { ...env, TRACEPARENT: traceparent, ...(tracestate && { TRACESTATE: tracestate }) },
    metadata: { ...metadata, traceparent, ...(tracestate && { tracestate }) },
    correlationId: traceparent,
  };
}

const withCorrelationId = (correlationId: string): WorkerContext => ({
  env: { SNAKEPIT_CORRELATION_ID: correlationId },
  metadata: { 'x-snakepit-correlation-id': correlationId },
  correlationId,
});
