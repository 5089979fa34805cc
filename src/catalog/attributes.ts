import { LookupCache } from '../common/lookup-cache.js';
import { redact } from '../common/redact.js';
import { singleLine } from '../common/single-line.js';
import type { EventDefinition } from './event-definition.js';

/** Value of a span or log attribute. */
export type AttributeValue = string | number | boolean | string[] | number[] | boolean[];
/** Attributes of a span, a span event or a log record. */
export type Attributes = Record<string, AttributeValue>;

const MAX_LENGTH = 1024;
/** Characters of a structure that are serialized before secrets are redacted. */
const MAX_STRUCTURE = 16 * 1024;
const MAX_REMEMBERED_NAMES = 1000;

/** `pool` → `snakepit.pool`; a key with a namespace of its own keeps it. */
const names = new LookupCache((key) => (key.includes('.') ? key : `snakepit.${key}`), MAX_REMEMBERED_NAMES);

/** Returns a value as an attribute: primitives and lists of them unchanged, anything else on one line; absent if null. */
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

/** Returns free text of user code as an attribute. Secrets are redacted before the text is cut, so no cut hides half of one. */
const freeText = (value: unknown): AttributeValue | undefined => {
  if (value === undefined || value === null) return undefined;
  return attributeValue(redact(typeof value === 'string' ? value : singleLine(value, MAX_STRUCTURE)));
};

/** Returns every key of the metadata as an attribute; absent if its getter throws. For metadata from the host's own code. */
export function toAttributes(metadata: object): Attributes {
  const attributes: Attributes = {};
  try {
    for (const key in metadata) addAttribute(attributes, metadata as Record<string, unknown>, key);
  } catch {
    // A Proxy may refuse to list its keys.
  }
  return attributes;
}

function addAttribute(attributes: Attributes, metadata: Record<string, unknown>, key: string): void {
  try {
    const value = attributeValue(metadata[key]);
    if (value !== undefined) attributes[names.get(key)] = value;
  } catch {
    // A getter threw. The other attributes are kept.
  }
}

/** Keys that control recording, or that a span carries already. */
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

/** Keys of an event that may leave the process, each with the conversion of its value to an attribute. */
export type ExportedKeys = ReadonlyMap<string, typeof attributeValue>;

/** Returns `undefined` for an event that declares no keys: it is the host's own, and all of its keys may leave. */
export function exportedKeys(
  definition: Partial<EventDefinition>,
  includeSensitive: boolean,
): ExportedKeys | undefined {
  if (definition.metadata === undefined && definition.measurements === undefined) return undefined;
  const fields = Object.entries({ ...definition.measurements, ...definition.metadata });
  return new Map(
    fields
      .filter(([key, field]) => !EXCLUDED_KEYS.has(key) && (includeSensitive || !field.sensitive))
      .map(([key, field]) => [key, field.sensitive ? freeText : attributeValue]),
  );
}

/** Returns the event's metadata and measurements as attributes, restricted to `keys`. */
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
