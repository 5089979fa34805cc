import { type SpanContext, TraceFlags } from '@opentelemetry/api';

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
/** Characters of version 00, which has no fields after the flags. */
const LENGTH = 55;
/** Characters of later versions, whose further fields are not read. */
const MAX_LENGTH = 256;

/** Returns true for a valid `traceparent`. https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
export const isTraceparent = (text: string): boolean =>
  text.length >= LENGTH &&
  text.length <= MAX_LENGTH &&
  TRACEPARENT.test(text) &&
  (text.length === LENGTH || !text.startsWith('00'));

/** Returns the span that a `traceparent` names; `undefined` if it is invalid. */
export function readTraceparent(text: string): SpanContext | undefined {
  if (!isTraceparent(text)) return undefined;
  const [, traceId = '', spanId = '', flags = ''] = text.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote: true };
}
