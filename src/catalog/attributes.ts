import { LookupCache } from '../common/lookup-cache.js';
import { redact } from '../common/redact.js';
import { singleLine } from '../common/single-line.js';
import type { EventDefinition } from './event-definition.js';

/** What a span attribute or a log attribute may hold. */
export type AttributeValue = string | number | boolean | string[] | number[] | boolean[];
export type Attributes = Record<string, AttributeValue>;

const MAX_LENGTH = 1024;
/** How much of a structure is written out before secrets are looked for in it. */
const MAX_STRUCTURE = 16 * 1024;
const MAX_REMEMBERED_NAMES = 1000;

/** `pool` → `snakepit.pool`; a key with a namespace of its own keeps it. */
const names = new LookupCache((key) => (key.includes('.') ? key : `snakepit.${key}`), MAX_REMEMBERED_NAMES);

/** A value as an attribute: primitives and lists of them as they are, anything else on one line; absent if null. */
export function attributeValue(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return value.length > MAX_LENGTH ? value.slice(0, MAX_LENGTH) : value;
    case 'number':
    case 'boolean':
      return value;
    case 'undefined':
      return undefined;
  }
  if (value === null) return undefined;
  return isPrimitiveList(value) ? value.slice() : singleLine(value, MAX_LENGTH);
}

/** Free text of user code as an attribute: without what looks like a secret, also where the cut would fall into one. */
const freeText = (value: unknown): AttributeValue | undefined => {
  if (value === undefined || value === null) return undefined;
  return attributeValue(redact(typeof value === 'string' ? value : singleLine(value, MAX_STRUCTURE)));
};

/** Every key of the metadata as an attribute. For metadata that the host's own code gives. */
export function toAttributes(metadata: object): Attributes {
  const attributes: Attributes = {};
  for (const key in metadata) {
    const value = attributeValue((metadata as Record<string, unknown>)[key]);
    if (value !== undefined) attributes[names.get(key)] = value;
  }
  return attributes;
}

/** Keys that steer the recording, or repeat what a span says by itself. */
const EXCLUDED_KEYS = new Set([
  'duration',
  'duration_ms',
  'duration_us',
  'monotonic_time',
  'system_time',
  'timestamp',
  'timestamp_ns',
  'interval_ms',
  'telemetry_span_context',
  'stacktrace',
]);

/** The keys of an event that may leave the process, each with how its value becomes an attribute. */
export type ExportedKeys = ReadonlyMap<string, typeof attributeValue>;

/** `undefined` for a row that declares no keys of its own: then the event is the host's, and all of its keys may leave. */
export function exportedKeys(
  row: Partial<EventDefinition>,
  includeSensitive: boolean,
): ExportedKeys | undefined {
  if (row.metadata === undefined && row.measurements === undefined) return undefined;
  const fields = Object.entries({ ...row.measurements, ...row.metadata });
  return new Map(
    fields
      .filter(([key, field]) => !EXCLUDED_KEYS.has(key) && (includeSensitive || !field.sensitive))
      .map(([key, field]) => [key, field.sensitive ? freeText : attributeValue]),
  );
}

/** The event's metadata and measurements as attributes, as far as `keys` lets them out. */
export function eventAttributes(
  event: { readonly measurements: object; readonly metadata: object },
  keys: ExportedKeys | undefined,
): Attributes {
  const attributes: Attributes = {};
  for (const part of [event.measurements, event.metadata]) {
    for (const [key, raw] of Object.entries(part)) {
      if (keys === undefined && EXCLUDED_KEYS.has(key)) continue;
      const value = keys === undefined ? attributeValue(raw) : keys.get(key)?.(raw);
      if (value !== undefined) attributes[names.get(key)] = value;
    }
  }
  return attributes;
}

function isPrimitiveList(value: unknown): value is string[] | number[] | boolean[] {
  if (!Array.isArray(value)) return false;
  const type = typeof value[0];
  return (
    (type === 'string' || type === 'number' || type === 'boolean') &&
    value.every((item) => typeof item === type)
  );
}
