import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { cleanText } from '../common/clean-text.js';
import { errorClass } from '../common/error-class.js';
import { singleLine } from '../common/single-line.js';
import { ATTR_ERROR_TYPE } from '../semconv.js';

/** Characters of a message, and of a stack. */
const MAX_MESSAGE = 1024;
const MAX_STACK = 16 * 1024;

/** Records what was thrown, an Error or not, and marks the span as failed. Secrets are redacted. */
export function recordError(span: Span, thrown: unknown): void {
  const isError = thrown instanceof Error;
  // Host code may have set the name to any text.
  const name = isError ? (errorClass(thrown) ?? 'Error') : typeof thrown;
  const message = messageOf(thrown);
  span.recordException({ name, message, stack: isError ? stackOf(thrown) : undefined });
  span.setAttribute(ATTR_ERROR_TYPE, name);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function stackOf(error: Error): string | undefined {
  try {
    return error.stack === undefined ? undefined : cleanText(String(error.stack), MAX_STACK);
  } catch {
    return undefined;
  }
}

/** Returns the message with its line breaks. */
function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error
      ? cleanText(String(thrown.message), MAX_MESSAGE)
      : singleLine(thrown, MAX_MESSAGE);
  } catch {
    return '[unreadable]';
  }
}
