import { SpanStatusCode } from '@opentelemetry/api';

/** Does by hand what `span()` does: starts an active span with attributes, records and rethrows errors, ends the span. */
export function spanByHand(tracer, name, attributes, fn) {
  return tracer.startActiveSpan(name, { attributes }, (span) => {
    try {
      return fn(span);
    } catch (error) {
      recordError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** As {@link spanByHand}, for work that returns a promise: the span ends when it settles. */
export const asyncSpanByHand = (tracer, name, attributes, fn) =>
  tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await fn(span);
    } catch (error) {
      recordError(span, error);
      throw error;
    } finally {
      span.end();
    }
  });

function recordError(span, error) {
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}
