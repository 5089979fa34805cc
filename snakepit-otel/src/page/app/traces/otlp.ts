import type { Trace } from '../../contract.js';
import { otlpSpans } from '../../otlp-json.js';

const SCOPE = { name: 'snakepit-otel' };

/** Returns a trace as OTLP JSON: one resource per service. */
export const toOtlp = ({ head, spans }: Trace) => ({ resourceSpans: otlpSpans(head.id, spans, SCOPE) });

/** Returns the value of the header `traceparent` for a span. */
export function toTraceparent(trace: string, span: string): string {
  return `00-${trace}-${span}-01`;
}
