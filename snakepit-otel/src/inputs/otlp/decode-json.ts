import type { AttributeValue } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import {
  attributeValue,
  type DecodedEvent,
  type DecodedSpan,
  isPlaced,
  MOST_BYTES,
  MOST_ITEMS,
  MOST_LEVELS,
  MOST_SPANS,
} from './decoded-span.js';

/** The sender may have sent anything. */
type Json = Readonly<Record<string, unknown>>;

const NO_PARENT = /^0+$/;
const DIGITS = /^\d{1,20}$/;

/**
 * Decodes the spans of an `ExportTraceServiceRequest` in JSON, as far as they are shown. Spans without valid ids or a start are left out.
 *
 * @throws SyntaxError
 */
export function decodeJson(text: string): DecodedSpan[] {
  const spans: DecodedSpan[] = [];
  for (const group of objects(objectOf(JSON.parse(text)).resourceSpans)) {
    const resource = resourceFromAttributes(attributesOf(objectOf(group.resource).attributes));
    for (const scope of objects(group.scopeSpans)) {
      for (const each of objects(scope.spans)) {
        if (spans.length >= MOST_SPANS) return spans;
        const span = readSpan(each, resource);
        if (isPlaced(span)) spans.push(span);
      }
    }
  }
  return spans;
}

function readSpan(span: Json, resource: Resource): DecodedSpan {
  const status = objectOf(span.status);
  return {
    traceId: textOf(span.traceId).toLowerCase(),
    spanId: textOf(span.spanId).toLowerCase(),
    parentId: textOf(span.parentSpanId).toLowerCase().replace(NO_PARENT, ''),
    name: textOf(span.name),
    kind: numberOf(span.kind),
    flags: numberOf(span.flags),
    start: timeOf(span.startTimeUnixNano),
    end: timeOf(span.endTimeUnixNano),
    statusCode: numberOf(status.code),
    statusMessage: textOf(status.message),
    attributes: attributesOf(span.attributes),
    events: objects(span.events).slice(0, MOST_ITEMS).map(readEvent),
    resource,
  };
}

const readEvent = (event: Json): DecodedEvent => ({
  time: timeOf(event.timeUnixNano),
  name: textOf(event.name),
  attributes: attributesOf(event.attributes),
});

function attributesOf(list: unknown): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = Object.create(null);
  for (const { key, value } of objects(list).slice(0, MOST_ITEMS)) {
    const shown = attributeValue(readValue(value, 1));
    if (shown !== undefined) attributes[textOf(key)] = shown;
  }
  return attributes;
}

function readValue(value: unknown, level: number): unknown {
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } =
    objectOf(value);
  if (typeof stringValue === 'string') return textOf(stringValue);
  if (typeof boolValue === 'boolean') return boolValue;
  if (intValue !== undefined) return Number(intValue);
  if (doubleValue !== undefined) return Number(doubleValue);
  if (typeof bytesValue === 'string') return `${Math.floor((bytesValue.length * 3) / 4)} bytes`;
  if (level > MOST_LEVELS) return null;
  if (arrayValue !== undefined)
    return objects(objectOf(arrayValue).values)
      .slice(0, MOST_ITEMS)
      .map((item) => readValue(item, level + 1));
  if (kvlistValue !== undefined)
    return Object.fromEntries(
      objects(objectOf(kvlistValue).values)
        .slice(0, MOST_ITEMS)
        .map((item) => [textOf(item.key), readValue(item.value, level + 1)]),
    );
  return undefined;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

const objects = (list: unknown): readonly Json[] => (Array.isArray(list) ? list.filter(isObject) : []);

const textOf = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MOST_BYTES) : '');

const numberOf = (value: unknown): number => (Number.isInteger(value) ? (value as number) : 0);

const timeOf = (value: unknown): bigint => {
  const digits = typeof value === 'number' && Number.isSafeInteger(value) ? `${value}` : value;
  if (typeof digits === 'string' && DIGITS.test(digits)) return BigInt(digits);
  return typeof value === 'number' && value > 0 && Number.isInteger(value) ? BigInt(value) : 0n;
};
