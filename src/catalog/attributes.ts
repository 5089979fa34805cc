import { cleanText } from '../common/clean-text.js';
import { errorClass } from '../common/error-class.js';
import { INT64_END } from '../common/int64.js';
import { LookupCache } from '../common/lookup-cache.js';
import { isAmbiguousKey, isRandomLooking, isSecretKey, REDACTED } from '../common/secret-shapes.js';
import { property, serialize } from '../common/serialize.js';
import type { EventDefinition } from './event-definition.js';
import type { Field } from './field.js';

/** Value of a span or log attribute. */
export type AttributeValue = string | number | boolean | string[] | number[] | boolean[];
/** Attributes of a span, a span event or a log record. */
export type Attributes = Record<string, AttributeValue>;

/** Characters of a text, and of each text of a list. */
const MAX_LENGTH = 1024;
/** Items of a list. */
const MAX_ITEMS = 128;
/** Attributes of one event or span. SDKs keep 128 by default. */
const MAX_ATTRIBUTES = 1024;
/** Characters of a structure that are serialized before secrets are redacted. */
const MAX_STRUCTURE = 16 * 1024;
const MAX_NAME_LENGTH = 256;
const MAX_REMEMBERED_NAMES = 1000;

/** Attribute of a metadata key. */
interface Name {
  /** `pool` → `snakepit.pool`; a key with a namespace of its own keeps it. */
  readonly name: string;
  /** True if the value is always a secret, as of `password`. */
  readonly isSecret: boolean;
  /** True if a random-looking value is a secret, as of `token`. */
  readonly isAmbiguous: boolean;
}

const names = new LookupCache<Name>(
  (key) => ({
    name: cleanText(key.includes('.') ? key : `snakepit.${key}`, MAX_NAME_LENGTH),
    isSecret: isSecretKey(key),
    isAmbiguous: isAmbiguousKey(key),
  }),
  MAX_REMEMBERED_NAMES,
);

/**
 * Returns a value as an attribute that every encoder accepts: secrets are redacted, lengths are capped, numbers that are not
 * finite are absent, and structures are JSON on one line. Absent if null.
 */
export function attributeValue(value: unknown): AttributeValue | undefined {
  switch (typeof value) {
    case 'string':
      return cleanText(value, MAX_LENGTH);
    case 'number':
      return numberValue(value);
    case 'boolean':
      return value;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value).slice(0, MAX_LENGTH);
    case 'undefined':
      return undefined;
  }
  if (value === null) return undefined;
  try {
    return primitiveList(value) ?? structure(value, false);
  } catch {
    // A proxy that refuses to be read.
    return '[unprintable]';
  }
}

/** Returns free text of user code as an attribute, errors with their message. */
const freeText = (value: unknown): AttributeValue | undefined =>
  typeof value === 'object' && value !== null ? structure(value, true) : attributeValue(value);

const structure = (value: unknown, errorText: boolean): string =>
  cleanText(serialize(value, MAX_STRUCTURE, { errorText }).replace(/\s+/g, ' '), MAX_LENGTH);

function numberValue(value: number): number | string | undefined {
  if (Number.isSafeInteger(value)) return value;
  if (!Number.isFinite(value)) return undefined;
  return Math.abs(value) < INT64_END || !Number.isInteger(value) ? value : String(value);
}

/** Adds a key as an attribute, unless its value is absent. */
function addAttribute(
  attributes: Attributes,
  key: string,
  raw: unknown,
  convert: (value: unknown) => AttributeValue | undefined,
): void {
  const { name, isSecret, isAmbiguous } = names.get(key);
  let value = convert(raw);
  if (value === undefined) return;
  if (isSecret && typeof value !== 'boolean') value = REDACTED;
  else if (isAmbiguous && typeof value === 'string' && isRandomLooking(value)) value = REDACTED;
  attributes[name] = value;
}

/** Returns every key of the metadata as an attribute; absent if its getter throws. For metadata from the host's own code. */
export function toAttributes(metadata: object): Attributes {
  const attributes: Attributes = {};
  let count = 0;
  try {
    for (const key in metadata) {
      if (++count > MAX_ATTRIBUTES) break;
      addAttribute(attributes, key, property(metadata, key), attributeValue);
    }
  } catch {
    // A Proxy may refuse to list its keys.
  }
  return attributes;
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
export interface ExportedKeys {
  has(key: string): boolean;
  /** Returns the conversion of a key; `undefined` for a key that stays in the process. */
  get(key: string): typeof attributeValue | undefined;
}

/** Keys in which exception events carry what was thrown, and its text. */
export const TEXT_OF_ERROR_KEYS: ReadonlySet<string> = new Set([
  'reason',
  'error',
  'exception',
  'last_error',
  'error_message',
  'message',
  'traceback',
]);

/** Returns the keys to export. An event that declares none is the host's own, and all of its keys may leave. */
export function exportedKeys(definition: Partial<EventDefinition>, includeSensitive: boolean): ExportedKeys {
  if (definition.metadata === undefined && definition.measurements === undefined) {
    return openKeys(definition.trace?.kind === 'exception', includeSensitive);
  }
  const fields = Object.entries({ ...definition.measurements, ...definition.metadata });
  return new Map(
    fields
      .filter(([key, field]) => !EXCLUDED_KEYS.has(key) && (includeSensitive || !field.sensitive))
      .map(([key, field]) => [key, conversion(field, includeSensitive)]),
  );
}

const conversion = ({ sensitive, error }: Field, includeSensitive: boolean): typeof attributeValue => {
  if (error && !includeSensitive) return errorClass;
  return sensitive || error ? freeText : attributeValue;
};

/** Keys of an event that declares none. */
const openKeys = (isException: boolean, includeSensitive: boolean): ExportedKeys => ({
  has: (key) => !EXCLUDED_KEYS.has(key),
  get: (key) => {
    if (EXCLUDED_KEYS.has(key)) return undefined;
    if (includeSensitive) return freeText;
    return isException && TEXT_OF_ERROR_KEYS.has(key) ? errorClass : attributeValue;
  },
});

/** Returns the event's metadata and measurements as attributes, restricted to `keys`. */
export function eventAttributes(
  event: { readonly measurements: object; readonly metadata: object },
  keys: ExportedKeys,
): Attributes {
  const attributes: Attributes = {};
  let count = 0;
  for (const part of [event.measurements, event.metadata]) {
    for (const key of Object.keys(part)) {
      const convert = keys.get(key);
      if (convert === undefined) continue;
      if (++count > MAX_ATTRIBUTES) break;
      addAttribute(attributes, key, property(part, key), convert);
    }
  }
  return attributes;
}

/** Returns the first items of a list of texts, numbers or booleans; `undefined` for any other value. */
function primitiveList(value: unknown): string[] | number[] | boolean[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const type = typeof value[0];
  if (type !== 'string' && type !== 'number' && type !== 'boolean') return undefined;
  const items: unknown[] = value.length > MAX_ITEMS ? value.slice(0, MAX_ITEMS) : value;
  const converted = [];
  for (const item of items) {
    if (typeof item !== type) return undefined;
    const each = attributeValue(item);
    // A number without an encoding keeps its place in the list as text.
    if (typeof each !== type) return items.map((number) => String(number));
    converted.push(each);
  }
  return converted as string[] | number[] | boolean[];
}
