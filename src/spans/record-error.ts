import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { cleanText } from '../common/clean-text.js';
import { errorClass } from '../common/error-class.js';
import type { ErrorParts } from '../common/read-error.js';
import { ATTR_ERROR_TYPE } from '../semconv.js';

/** Characters of a message, and of a stack. */
const MAX_MESSAGE = 1024;
const MAX_STACK = 16 * 1024;

/** Records what was thrown, and marks the span as failed. Secrets are redacted. */
export function recordError(span: Span, parts: ErrorParts): void {
  // Host code may have set the name to any text.
  const name = errorClass(parts.name) ?? 'Error';
  const message = cleanText(parts.message, MAX_MESSAGE);
  const stack = parts.stack === undefined ? undefined : cleanText(parts.stack, MAX_STACK);
  span.recordException({ name, message, stack });
  span.setAttribute(ATTR_ERROR_TYPE, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
