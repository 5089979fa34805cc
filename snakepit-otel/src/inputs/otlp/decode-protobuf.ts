import type { AttributeValue } from '@opentelemetry/api';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { forEachField, type Range, readInt64, walkFields } from '../protobuf.js';
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

// Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
const RESOURCE_SPANS = 1;
const RESOURCE = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;
const RESOURCE_ATTRIBUTES = 1;
const SPAN = {
  traceId: 1,
  spanId: 2,
  parentId: 4,
  name: 5,
  kind: 6,
  start: 7,
  end: 8,
  attributes: 9,
  events: 11,
  status: 15,
  flags: 16,
};
const EVENT = { time: 1, name: 2, attributes: 3 };
const STATUS = { message: 2, code: 3 };
const KEY_VALUE = { key: 1, value: 2 };
const ANY_VALUE = { string: 1, bool: 2, int: 3, double: 4, array: 5, map: 6, bytes: 7 };
const VALUES = 1;
/** Some SDKs send it for a root. */
const NO_PARENT = /^0+$/;

type Attributes = Record<string, AttributeValue>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Decodes the spans of an `ExportTraceServiceRequest`, as far as they are shown. Spans without valid ids or a start are left out. Divides
 * the work among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function decodeProtobuf(body: Uint8Array, receive: (span: DecodedSpan) => void): Promise<void> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const turn = new TurnBudget();
  for (const { group, places } of await findSpans(bytes, turn)) {
    const resource = readResource(bytes, group);
    for (const place of places) {
      if (turn.isSpent) await turn.next();
      const span = readSpan(bytes, place, resource);
      if (isPlaced(span)) receive(span);
    }
  }
}

/** A resource of a request, and the places of its spans. */
interface SpanGroup {
  readonly group: Range;
  readonly places: Range[];
}

/** Finds the first spans of a request, by resource. */
async function findSpans(bytes: Buffer, turn: TurnBudget): Promise<SpanGroup[]> {
  const groups: SpanGroup[] = [];
  let count = 0;
  let [group, places]: [Range, Range[]] = [{ start: 0, end: 0 }, []];
  await walkFields(bytes, [[RESOURCE_SPANS], [SCOPE_SPANS]], turn, (field, level) => {
    if (count >= MOST_SPANS) return;
    if (level === 0 && field.number === RESOURCE_SPANS) [group, places] = [field, []];
    if (level !== 2 || field.number !== SPANS) return;
    count++;
    if (places.push(field) === 1) groups.push({ group, places });
  });
  return groups;
}

function readResource(bytes: Buffer, group: Range): Resource {
  const attributes: Attributes = Object.create(null);
  const readAttribute = attributeReader(bytes, attributes, new ValueBudget());
  forEachField(bytes, group, (resource) => {
    if (resource.number !== RESOURCE) return;
    forEachField(bytes, resource, (field) => {
      if (field.number === RESOURCE_ATTRIBUTES) readAttribute(field);
    });
  });
  return resourceFromAttributes(attributes);
}

function readSpan(bytes: Buffer, range: Range, resource: Resource): DecodedSpan {
  const attributes: Attributes = Object.create(null);
  const events: DecodedEvent[] = [];
  const budget = new ValueBudget();
  const readAttribute = attributeReader(bytes, attributes, budget);
  const span: Mutable<DecodedSpan> = {
    traceId: '',
    spanId: '',
    parentId: '',
    name: '',
    kind: 0,
    flags: 0,
    start: 0n,
    end: 0n,
    statusCode: 0,
    statusMessage: '',
    attributes,
    events,
    resource,
  };
  forEachField(
    bytes,
    range,
    (field) => {
      if (field.number === SPAN.traceId) span.traceId = hexOf(bytes, field);
      else if (field.number === SPAN.spanId) span.spanId = hexOf(bytes, field);
      else if (field.number === SPAN.parentId) span.parentId = hexOf(bytes, field).replace(NO_PARENT, '');
      else if (field.number === SPAN.name) span.name = textOf(bytes, field);
      else if (field.number === SPAN.attributes) readAttribute(field);
      else if (field.number === SPAN.events && events.length < MOST_ITEMS)
        events.push(readEvent(bytes, field, budget));
      else if (field.number === SPAN.status) readStatus(bytes, field, span);
    },
    (field) => {
      if (field.number === SPAN.kind) span.kind = Number(readInt64(bytes, field));
      else if (field.number === SPAN.start) span.start = timeOf(bytes, field);
      else if (field.number === SPAN.end) span.end = timeOf(bytes, field);
      else if (field.number === SPAN.flags && field.end - field.start === 4)
        span.flags = bytes.readUInt32LE(field.start);
    },
  );
  return span;
}

function readEvent(bytes: Buffer, range: Range, budget: ValueBudget): DecodedEvent {
  const attributes: Attributes = Object.create(null);
  const readAttribute = attributeReader(bytes, attributes, budget);
  const event: Mutable<DecodedEvent> = { time: 0n, name: '', attributes };
  forEachField(
    bytes,
    range,
    (field) => {
      if (field.number === EVENT.name) event.name = textOf(bytes, field);
      else if (field.number === EVENT.attributes) readAttribute(field);
    },
    (field) => {
      if (field.number === EVENT.time) event.time = timeOf(bytes, field);
    },
  );
  return event;
}

function readStatus(bytes: Buffer, range: Range, span: Mutable<DecodedSpan>): void {
  forEachField(
    bytes,
    range,
    (field) => {
      if (field.number === STATUS.message) span.statusMessage = textOf(bytes, field);
    },
    (field) => {
      if (field.number === STATUS.code) span.statusCode = Number(readInt64(bytes, field));
    },
  );
}

/** Returns a function that adds an attribute to others, as long as there are not too many. */
function attributeReader(bytes: Buffer, attributes: Attributes, budget: ValueBudget): (field: Range) => void {
  let count = 0;
  return (field) => {
    if (count++ >= MOST_ITEMS) return;
    const [key, value] = readKeyValue(bytes, field, 1, budget);
    const shown = attributeValue(value);
    if (shown !== undefined) attributes[key] = shown;
  };
}

function readKeyValue(bytes: Buffer, range: Range, level: number, budget: ValueBudget): [string, unknown] {
  let key = '';
  let value: unknown;
  forEachField(bytes, range, (field) => {
    if (field.number === KEY_VALUE.key) key = textOf(bytes, field);
    else if (field.number === KEY_VALUE.value) value = readValue(bytes, field, level, budget);
  });
  return [key, value];
}

function readValue(bytes: Buffer, range: Range, level: number, budget: ValueBudget): unknown {
  if (!budget.take()) return undefined;
  let value: unknown;
  forEachField(
    bytes,
    range,
    (field) => {
      if (field.number === ANY_VALUE.string) value = textOf(bytes, field);
      else if (field.number === ANY_VALUE.bytes) value = `${field.end - field.start} bytes`;
      else if (level > MOST_LEVELS) value = null;
      else if (field.number === ANY_VALUE.array)
        value = readList(bytes, field, (item) => readValue(bytes, item, level + 1, budget));
      else if (field.number === ANY_VALUE.map)
        value = Object.fromEntries(
          readList(bytes, field, (item) => readKeyValue(bytes, item, level + 1, budget)),
        );
    },
    (field) => {
      if (field.number === ANY_VALUE.bool) value = readInt64(bytes, field) !== 0n;
      else if (field.number === ANY_VALUE.int) value = Number(readInt64(bytes, field));
      else if (field.number === ANY_VALUE.double && field.end - field.start === 8)
        value = bytes.readDoubleLE(field.start);
    },
  );
  return value;
}

function readList<Item>(bytes: Buffer, range: Range, read: (item: Range) => Item): Item[] {
  const items: Item[] = [];
  forEachField(bytes, range, (field) => {
    if (field.number === VALUES && items.length < MOST_ITEMS) items.push(read(field));
  });
  return items;
}

const hexOf = (bytes: Buffer, { start, end }: Range): string =>
  bytes.toString('hex', start, Math.min(end, start + 32));

const textOf = (bytes: Buffer, { start, end }: Range): string =>
  bytes.toString('utf8', start, Math.min(end, start + MOST_BYTES));

const timeOf = (bytes: Buffer, { start, end }: Range): bigint =>
  end - start === 8 ? bytes.readBigUInt64LE(start) : 0n;
