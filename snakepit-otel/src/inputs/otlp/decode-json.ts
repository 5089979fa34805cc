import type { AttributeValue } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import {
  attributeValue,
  type DecodedEvent,
  type DecodedSpan,
  isPlaced,
  MOST_BYTES,
  MOST_ITEMS,
  MOST_LEVELS,
  MOST_SPANS,
  ValueBudget,
} from './decoded-span.js';
import { findItems, frameOf, parseItem, resourcesOf } from './json-items.js';

/** The sender may have sent anything. */
type Json = Readonly<Record<string, unknown>>;

const NO_PARENT = /^0+$/;
const DIGITS = /^\d{1,20}$/;

/**
 * Decodes the spans of an `ExportTraceServiceRequest` in JSON, as far as they are shown. Spans without valid ids or a start are left out.
 * Parses one span at a time, and divides the work among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function decodeJson(bytes: Buffer, receive: (span: DecodedSpan) => void): Promise<void> {
  const turn = new TurnBudget();
  const ranges = await findItems(bytes, 'traces', turn);
  let count = 0;
  for (const [index, group] of resourcesOf(frameOf(bytes, ranges), 'traces').entries()) {
    const places = ranges[index]?.flat() ?? [];
    if (places.length === 0) continue;
    const resource = resourceFromAttributes(
      attributesOf(objectOf((group as Json).resource).attributes, new ValueBudget()),
    );
    for (const place of places) {
      if (count++ >= MOST_SPANS) return;
      if (turn.isSpent) await turn.next();
      const span = readSpan(parseItem(bytes, place) as Json, resource);
      if (isPlaced(span)) receive(span);
    }
  }
}

function readSpan(span: Json, resource: Resource): DecodedSpan {
  const status = objectOf(span.status);
  const budget = new ValueBudget();
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
    attributes: attributesOf(span.attributes, budget),
    events: objects(span.events)
      .slice(0, MOST_ITEMS)
      .map((event) => readEvent(event, budget)),
    resource,
  };
}

const readEvent = (event: Json, budget: ValueBudget): DecodedEvent => ({
  time: timeOf(event.timeUnixNano),
  name: textOf(event.name),
  attributes: attributesOf(event.attributes, budget),
});

function attributesOf(list: unknown, budget: ValueBudget): Record<string, AttributeValue> {
  const attributes: Record<string, AttributeValue> = Object.create(null);
  for (const { key, value } of objects(list).slice(0, MOST_ITEMS)) {
    const shown = attributeValue(readValue(value, 1, budget));
    if (shown !== undefined) attributes[textOf(key)] = shown;
  }
  return attributes;
}

function readValue(value: unknown, level: number, budget: ValueBudget): unknown {
  if (!budget.take()) return undefined;
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } =
    objectOf(value);
  if (typeof stringValue === 'string') return textOf(stringValue);
  if (typeof boolValue === 'boolean') return boolValue;
  if (isNumeric(intValue)) return Number(intValue);
  if (isNumeric(doubleValue)) return Number(doubleValue);
  if (typeof bytesValue === 'string') return `${Math.floor((bytesValue.length * 3) / 4)} bytes`;
  if (level > MOST_LEVELS) return null;
  if (arrayValue !== undefined)
    return objects(objectOf(arrayValue).values)
      .slice(0, MOST_ITEMS)
      .map((item) => readValue(item, level + 1, budget));
  if (kvlistValue !== undefined)
    return Object.fromEntries(
      objects(objectOf(kvlistValue).values)
        .slice(0, MOST_ITEMS)
        .map((item) => [textOf(item.key), readValue(item.value, level + 1, budget)]),
    );
  return undefined;
}

/** Numbers may be texts: integers of 64 bits are, and `NaN`. */
const isNumeric = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

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
