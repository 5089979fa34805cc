import type { Attributes, Span } from './contract.js';

const SPAN_KINDS = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
const STATUS_CODES = { unset: 0, ok: 1, error: 2 } as const;

/**
 * Returns the spans of a trace as `ResourceSpans` of OTLP's JSON encoding, one for each service. Exports of the server and of the page use it.
 *
 * @param scope instrumentation scope of all spans
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function otlpSpans(traceId: string, spans: readonly Span[], scope: { readonly name?: string } = {}) {
  const services = new Map<string, Span[]>();
  for (const span of spans) {
    const same = services.get(span.service);
    if (same === undefined) services.set(span.service, [span]);
    else same.push(span);
  }
  return [...services].map(([service, own]) => ({
    resource: { attributes: keyValues({ 'service.name': service }) },
    scopeSpans: [{ scope, spans: own.map((span) => otlpSpan(traceId, span)) }],
  }));
}

const otlpSpan = (traceId: string, span: Span) => ({
  traceId,
  spanId: span.id,
  ...(span.parent === '' ? undefined : { parentSpanId: span.parent }),
  name: span.name,
  kind: SPAN_KINDS[span.kind],
  startTimeUnixNano: nanoseconds(span.start),
  endTimeUnixNano: nanoseconds(span.start + span.ms),
  attributes: keyValues(span.attributes),
  events: span.events.map(({ ts, name, attributes }) => ({
    timeUnixNano: nanoseconds(ts),
    name,
    attributes: keyValues(attributes),
  })),
  status: {
    code: STATUS_CODES[span.status],
    ...(span.statusMessage === undefined ? undefined : { message: span.statusMessage }),
  },
});

/** A number of this size has microseconds at best. */
const nanoseconds = (ms: number): string => String(BigInt(Math.round(ms * 1000)) * 1000n);

const keyValues = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

function anyValue(value: Attributes[string]): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
}
