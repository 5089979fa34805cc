import { SpanStatusCode } from '@opentelemetry/api';

/** Does by hand what `span()` does: starts an active span with attributes, records and rethrows errors, ends the span. */
export function spanByHand(tracer, name, attributes, fn) {
  return tracer.startActiveSpan(name, { attributes }, (span) => {
    try {
      return fn(span);
    } catch (error) {
      span.recordException(error);
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
      throw error;
    } finally {
      span.end();
    }
  });
}
