import { SpanStatusCode } from '@opentelemetry/api';

/** What `span()` saves its user from writing: an active span, two attributes, errors recorded and rethrown. */
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
