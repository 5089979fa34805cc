import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { redact } from '../common/redact.js';
import { singleLine } from '../common/single-line.js';
import { ATTR_ERROR_TYPE } from '../semconv.js';

/** Records what was thrown, an Error or not, and marks the span as failed. Secrets are redacted. */
export function recordError(span: Span, thrown: unknown): void {
  const { name, message, stack } =
    thrown instanceof Error ? thrown : { name: typeof thrown, message: singleLine(thrown), stack: undefined };
  // Host code may have set these to any type.
  const redacted = redact(String(message));
  span.recordException({
    name,
    message: redacted,
    stack: stack === undefined ? undefined : redact(String(stack)),
  });
  span.setAttribute(ATTR_ERROR_TYPE, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: redacted });
}
