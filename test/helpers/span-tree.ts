import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';

/** Returns the parent of a span among others. */
export const parentIn = (spans: readonly ReadableSpan[], span: ReadableSpan | undefined) =>
  spans.find((each) => each.spanContext().spanId === span?.parentSpanContext?.spanId);

/** Returns the ids of the traces of spans. */
export const tracesOf = (spans: readonly ReadableSpan[]) =>
  new Set(spans.map((span) => span.spanContext().traceId));

/** Returns a time in nanoseconds. */
export const inNanoseconds = ([seconds, nanoseconds]: HrTime): number => seconds * 1e9 + nanoseconds;
