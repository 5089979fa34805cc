import type { Attributes, Span, Trace } from '../../contract.js';

const KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const STATUS = { unset: 0, ok: 1, error: 2 };

/** Returns a trace as OTLP JSON: one resource per service. */
export function toOtlp({ head, spans }: Trace) {
  const services = new Map<string, Span[]>();
  for (const span of spans) services.set(span.service, [...(services.get(span.service) ?? []), span]);
  return {
    resourceSpans: [...services].map(([service, members]) => ({
      resource: { attributes: toKeyValues({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'snakepit-otel' }, spans: members.map((span) => toSpan(head.id, span)) }],
    })),
  };
}

function toSpan(traceId: string, span: Span) {
  return {
    traceId,
    spanId: span.id,
    parentSpanId: span.parent,
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: toNanoseconds(span.start),
    endTimeUnixNano: toNanoseconds(span.start + span.ms),
    attributes: toKeyValues(span.attributes),
    events: span.events.map(({ ts, name, attributes }) => ({
      timeUnixNano: toNanoseconds(ts),
      name,
      attributes: toKeyValues(attributes),
    })),
    status: { code: STATUS[span.status], message: span.statusMessage },
  };
}

function toKeyValues(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) }));
}

function toValue(value: Attributes[string]): Record<string, unknown> {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
  if (typeof value === 'string') return { stringValue: value };
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
}

function toNanoseconds(ms: number): string {
  return `${BigInt(Math.round(ms * 1000)) * 1000n}`;
}

/** Returns the value of the header `traceparent` for a span. */
export function toTraceparent(trace: string, span: string): string {
  return `00-${trace}-${span}-01`;
}
