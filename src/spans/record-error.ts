import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { redact } from '../common/redact.js';
import { singleLine } from '../common/single-line.js';
import { ATTR_ERROR_TYPE } from '../semconv.js';

/** Marks a span as failed by something that was thrown, which need not be an Error. What looks like a secret stays out. */
export function recordError(span: Span, thrown: unknown): void {
  const { name, message, stack } =
    thrown instanceof Error ? thrown : { name: typeof thrown, message: singleLine(thrown), stack: undefined };
  // Host code may have put anything into these.
  const told = redact(String(message));
  span.recordException({
    name,
    message: told,
    stack: stack === undefined ? undefined : redact(String(stack)),
  });
  span.setAttribute(ATTR_ERROR_TYPE, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message: told });
}
