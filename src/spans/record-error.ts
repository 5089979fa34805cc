import { type Span, SpanStatusCode } from '@opentelemetry/api';
import type { ErrorParts } from '../common/read-error.js';
import { redact } from '../common/redact.js';
import { ATTR_ERROR_TYPE } from '../semconv.js';

/** Records what was thrown, and marks the span as failed. Secrets are redacted. */
export function recordError(span: Span, { name, message, stack }: ErrorParts): void {
  const redacted = redact(message);
  span.recordException({ name, message: redacted, stack: stack === undefined ? undefined : redact(stack) });
  span.setAttribute(ATTR_ERROR_TYPE, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: redacted });
}
