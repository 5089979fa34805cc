import type { Attributes } from '@opentelemetry/api';
import { forEachField, lengthField, type Range, readInt64 } from '../protobuf.js';
import type { ResourceValues } from './resource-process.js';
import { DEVICE, USAGE_PREFIX, type UsageSpan } from './span-usage.js';

// Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
const RESOURCE_ATTRIBUTES = 1;
const START = 7;
const END = 8;
const ATTRIBUTES = 9;
const KEY = 1;
const VALUE = 2;
const STRING = 1;
const BOOL = 2;
const INT = 3;
const DOUBLE = 4;
const MAX_ATTRIBUTES = 128;
const MAX_TEXT_BYTES = 1024;
/** First byte of the keys that are read of a span, which most keys do not have. */
const LETTER_S = 's'.charCodeAt(0);
const VARINT_TYPE = 0;
const FIXED64_TYPE = 1;
const LENGTH_TYPE = 2;

/** Reads the attributes of a resource that are texts or integers. @throws MalformedMessage */
export function readResource(bytes: Buffer, resource: Range): ResourceValues {
  const values: Record<string, string | number> = Object.create(null);
  let count = 0;
  forEachField(bytes, resource, (attribute) => {
    if (attribute.number !== RESOURCE_ATTRIBUTES || ++count > MAX_ATTRIBUTES) return;
    const { key, value } = placesIn(bytes, attribute);
    const scalar = scalarIn(bytes, value);
    if (scalar !== undefined) values[textIn(bytes, key)] = scalar;
  });
  return values;
}

/** Reads what the GPU usage of a span depends on. @throws MalformedMessage */
export function readUsageSpan(bytes: Buffer, span: Range): UsageSpan {
  let [start, end, device, hasUsage] = [0, 0, '', false];
  forEachField(
    bytes,
    span,
    (field) => {
      if (field.number !== ATTRIBUTES) return;
      const { key, value } = placesIn(bytes, field);
      if (bytes[key.start] !== LETTER_S) return;
      const name = textIn(bytes, key);
      if (name.startsWith(USAGE_PREFIX)) hasUsage = true;
      else if (name === DEVICE) device = String(scalarIn(bytes, value) ?? '');
    },
    (field) => {
      if (field.end - field.start !== 8) return;
      if (field.number === START) start = timeIn(bytes, field);
      else if (field.number === END) end = timeIn(bytes, field);
    },
  );
  return { start, end, device, hasUsage };
}

/** Keys and values up to this length, in bytes, have fields whose lengths take one byte. */
const SHORT_BYTES = 56;
/** Usage of a span has a few attributes. */
const MAX_SHORT_FIELDS = 16;
const scratch = Buffer.alloc(MAX_SHORT_FIELDS * 2 * (SHORT_BYTES + 4));

/** Returns attributes as fields of a span. */
export function usageFields(attributes: Attributes): Buffer {
  let at = 0;
  let count = 0;
  for (const key in attributes) {
    const value = attributes[key];
    const isShort =
      key.length <= SHORT_BYTES && (typeof value !== 'string' || Buffer.byteLength(value) <= SHORT_BYTES);
    if (!isShort || ++count > MAX_SHORT_FIELDS) return longFields(attributes);
    at = writeField(key, value, at);
  }
  return Buffer.from(scratch.subarray(0, at));
}

/** Writes a short attribute. Returns its end. */
function writeField(key: string, value: unknown, from: number): number {
  const name = keyField(key);
  const valueAt = from + 2 + name.length;
  const end = writeValue(value, valueAt + 2);
  scratch[from] = ATTRIBUTES * 8 + LENGTH_TYPE;
  scratch[from + 1] = end - from - 2;
  scratch.set(name, from + 2);
  scratch[valueAt] = VALUE * 8 + LENGTH_TYPE;
  scratch[valueAt + 1] = end - valueAt - 2;
  return end;
}

/** Writes a short value. Returns its end. */
function writeValue(value: unknown, from: number): number {
  if (typeof value === 'boolean') {
    scratch[from] = BOOL * 8 + VARINT_TYPE;
    scratch[from + 1] = Number(value);
    return from + 2;
  }
  if (typeof value === 'string') {
    const length = scratch.write(value, from + 2);
    scratch[from] = STRING * 8 + LENGTH_TYPE;
    scratch[from + 1] = length;
    return from + 2 + length;
  }
  const number = Number(value);
  if (Number.isSafeInteger(number) && number >= 0) {
    scratch[from] = INT * 8 + VARINT_TYPE;
    let at = from + 1;
    let rest = number;
    for (; rest >= 0x80; rest = Math.floor(rest / 128)) scratch[at++] = (rest % 128) + 128;
    scratch[at] = rest;
    return at + 1;
  }
  scratch[from] = DOUBLE * 8 + FIXED64_TYPE;
  return scratch.writeDoubleLE(number, from + 1);
}

/** Returns attributes of any length as fields of a span. */
const longFields = (attributes: Attributes): Buffer =>
  Buffer.concat(
    Object.entries(attributes).map(([key, value]) => {
      const text = typeof value === 'string' ? lengthField(STRING, Buffer.from(value)) : undefined;
      const encoded = text ?? scratch.subarray(0, writeValue(value, 0));
      return lengthField(ATTRIBUTES, Buffer.concat([keyField(key), lengthField(VALUE, encoded)]));
    }),
  );

const keyFields = new Map<string, Uint8Array>();

/** The keys are a few constants. */
function keyField(key: string): Uint8Array {
  let field = keyFields.get(key);
  if (field === undefined) {
    field = lengthField(KEY, Buffer.from(key));
    keyFields.set(key, field);
  }
  return field;
}

const NOWHERE: Range = { start: 0, end: 0 };

function placesIn(bytes: Buffer, attribute: Range): { readonly key: Range; readonly value: Range } {
  let [key, value] = [NOWHERE, NOWHERE];
  forEachField(bytes, attribute, (field) => {
    if (field.number === KEY) key = field;
    else if (field.number === VALUE) value = field;
  });
  return { key, value };
}

function scalarIn(bytes: Buffer, value: Range): string | number | undefined {
  let scalar: string | number | undefined;
  forEachField(
    bytes,
    value,
    (field) => {
      scalar = field.number === STRING ? textIn(bytes, field) : undefined;
    },
    (field) => {
      scalar = field.number === INT ? Number(readInt64(bytes, field)) : undefined;
    },
  );
  return scalar;
}

const textIn = (bytes: Buffer, { start, end }: Range): string =>
  bytes.toString('utf8', start, Math.min(end, start + MAX_TEXT_BYTES));

/** Rounded to 256 ns. */
const timeIn = (bytes: Buffer, { start }: Range): number =>
  bytes.readUInt32LE(start) + bytes.readUInt32LE(start + 4) * 2 ** 32;
