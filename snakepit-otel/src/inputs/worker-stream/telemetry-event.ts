import { forEachField, type LengthField, type Range, readInt64 } from '../protobuf.js';

// Numbers of fields of `snakepit.bridge.TelemetryEvent`, of the entries of its maps, and of `TelemetryValue`.
const EVENT_PARTS = 1;
const MEASUREMENTS = 2;
const METADATA = 3;
const TIMESTAMP_NS = 4;
const CORRELATION_ID = 5;
const KEY = 1;
const VALUE = 2;
const INT_VALUE = 1;
const FLOAT_VALUE = 2;
const STRING_VALUE = 3;

/**
 * Returns an event of a Python worker as a line of JSON. Integers of 64 bits keep all their digits.
 *
 * @param extra metadata that the line gets, whatever the event has
 * @throws MalformedMessage
 */
export function lineOfEvent(bytes: Buffer, extra: Readonly<Record<string, string>>): string {
  const parts: string[] = [];
  const measurements: string[] = [];
  const metadata: string[] = [];
  let timestamp = 0n;
  let correlationId = '';
  const visit = (field: LengthField) => {
    if (field.number === EVENT_PARTS) parts.push(textOf(bytes, field));
    else if (field.number === MEASUREMENTS) measurements.push(entryOf(bytes, field, measurementOf));
    else if (field.number === METADATA) metadata.push(entryOf(bytes, field, jsonTextOf));
    else if (field.number === CORRELATION_ID) correlationId = textOf(bytes, field);
  };
  forEachField(bytes, { start: 0, end: bytes.length }, visit, (field) => {
    if (field.number === TIMESTAMP_NS) timestamp = readInt64(bytes, field);
  });
  // Of a key that is there twice, the last one counts.
  for (const [key, value] of Object.entries(extra))
    metadata.push(`${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const time = timestamp === 0n ? '' : `,"timestamp_ns":"${timestamp}"`;
  const correlation = correlationId === '' ? '' : `,"correlation_id":${JSON.stringify(correlationId)}`;
  const event = JSON.stringify(parts.join('.'));
  return `{"event":${event},"measurements":{${measurements}},"metadata":{${metadata}}${time}${correlation}}\n`;
}

type ToJson = (bytes: Buffer, value: Range) => string;

/** Returns an entry of a map as a member of an object. */
function entryOf(bytes: Buffer, entry: Range, toJson: ToJson): string {
  let key = '""';
  let value: string | undefined;
  forEachField(bytes, entry, (field) => {
    if (field.number === KEY) key = jsonTextOf(bytes, field);
    else if (field.number === VALUE) value = toJson(bytes, field);
  });
  return `${key}:${value ?? toJson(bytes, NOTHING)}`;
}

/** Value of an entry without one. */
const NOTHING: Range = { start: 0, end: 0 };

const textOf: ToJson = (bytes, { start, end }) => bytes.toString('utf8', start, end);
const jsonTextOf: ToJson = (bytes, range) => JSON.stringify(textOf(bytes, range));

/** `null` for a value that is no number: it costs its key. */
function measurementOf(bytes: Buffer, value: Range): string {
  let json = 'null';
  forEachField(
    bytes,
    value,
    (field) => {
      if (field.number === STRING_VALUE) json = jsonTextOf(bytes, field);
    },
    (field) => {
      if (field.number === INT_VALUE) json = `${readInt64(bytes, field)}`;
      else if (field.number === FLOAT_VALUE && field.end - field.start === 8)
        json = JSON.stringify(bytes.readDoubleLE(field.start));
    },
  );
  return json;
}
