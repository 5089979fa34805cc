import { hash } from 'node:crypto';

const TRACE_ID_LENGTH = 32;
const SPAN_ID_LENGTH = 16;

/** Ids of the spans of a request, in hexadecimal. */
export interface CorrelationIds {
  /** Id of the trace. */
  readonly traceId: string;
  /** Id of the span of its call. */
  readonly callSpanId: string;
}

/**
 * Returns the ids that every process derives from a correlation id, so that their spans are in one trace: the first 16 bytes of
 * SHA-256 of `"snakepit\0" + correlationId`, and the next 8.
 */
export function correlationIds(correlationId: string): CorrelationIds {
  // Far cheaper than a Hash object.
  const digest = hash('sha256', `snakepit\0${correlationId}`, 'hex');
  return {
    traceId: digest.slice(0, TRACE_ID_LENGTH),
    callSpanId: digest.slice(TRACE_ID_LENGTH, TRACE_ID_LENGTH + SPAN_ID_LENGTH),
  };
}
