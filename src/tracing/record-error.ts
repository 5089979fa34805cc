import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { inline } from '../events/format.js';

/** Marks a span as failed by something that was thrown, which need not be an Error. */
export function recordError(span: Span, thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : { name: typeof thrown, message: inline(thrown) };
  span.recordException(error);
  span.setAttribute(ATTR_ERROR_TYPE, error.name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
