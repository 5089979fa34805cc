import type { Field } from '../catalog/field.js';
import { serialize } from '../common/serialize.js';
import { deviceName } from '../errors/device-name.js';

/** Converts a value of a line; `undefined` drops the key. */
export type Convert = (value: unknown) => unknown;

/** Bytes of a text, and of the text of an error. */
const MAX_TEXT = 1024;
const MAX_ERROR_TEXT = 4096;
/** A character has at most this many bytes for each unit of its string. */
const MAX_BYTES_PER_UNIT = 3;
/** Items of a list that stays a list. */
const MAX_ITEMS = 128;

/** Prefix of module names on the BEAM. */
const MODULE_PREFIX = 'Elixir.';
const BRACE = 0x7b;
const CAPITAL_E = 0x45;
/** A device as Elixir prints its tuple: `{:cuda, 0}`. */
const DEVICE_TUPLE = /^\{:([a-z]{1,16}), ?(\d{1,4})\}$/;
const KIND = /^:?([a-z]{1,16})$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const MAX_NUMBER_LENGTH = 64;
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
]);

/** Returns a measurement as a finite number; booleans are 0 or 1, and integers beyond 2^53 are rounded. */
export function measurementValue(value: unknown): number | undefined {
  switch (typeof value) {
    case 'number':
      return finite(value);
    case 'string':
      return numberIn(value);
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return finite(Number(value));
    default:
      return undefined;
  }
}

/** Returns the conversion of a metadata key: of one that the catalog declares, or of any other. */
export function metadataConversion(field: Field | undefined): Convert {
  if (field === undefined) return plainValue;
  const isErrorText = field.error === true || field.sensitive === true;
  const other: Convert = isErrorText ? errorValue : plainValue;
  switch (field.type) {
    case 'device':
      return deviceValue;
    case 'integer':
    case 'float':
      return (value) => (typeof value === 'string' ? (numberIn(value) ?? other(value)) : other(value));
    case 'boolean':
      return (value) => BOOLEANS.get(value) ?? other(value);
    case 'list':
      return (value) => (Array.isArray(value) ? items(value) : other(value));
    default:
      return other;
  }
}

const plainValue: Convert = (value) => metadataValue(value, MAX_TEXT);

/** Returns metadata of a key that holds the text of an error. */
export const errorValue: Convert = (value) => metadataValue(value, MAX_ERROR_TEXT);

function metadataValue(value: unknown, limit: number): unknown {
  switch (typeof value) {
    case 'string':
      return textValue(value, limit);
    case 'number':
      return finite(value);
    case 'boolean':
      return value;
    case 'bigint':
      return finite(Number(value));
    case 'object':
      return value === null ? undefined : cut(serialize(value, limit), limit);
    default:
      return undefined;
  }
}

function textValue(text: string, limit: number): string {
  const first = text.charCodeAt(0);
  if (first === BRACE) return deviceOfTuple(text) ?? cut(text, limit);
  if (first === CAPITAL_E && text.startsWith(MODULE_PREFIX))
    return cut(text.slice(MODULE_PREFIX.length), limit);
  return cut(text, limit);
}

function deviceValue(value: unknown): unknown {
  if (typeof value === 'string') {
    const [, kind] = KIND.exec(value) ?? [];
    return kind ?? textValue(value, MAX_TEXT);
  }
  if (!Array.isArray(value) || value.length !== 2 || typeof value[0] !== 'string') return plainValue(value);
  const [, kind] = KIND.exec(value[0]) ?? [];
  return kind !== undefined && Number.isInteger(value[1])
    ? deviceName(`${kind}:${value[1]}`)
    : plainValue(value);
}

function deviceOfTuple(text: string): string | undefined {
  const [, kind, index] = DEVICE_TUPLE.exec(text) ?? [];
  return kind === undefined ? undefined : deviceName(`${kind}:${index}`);
}

const items = (list: readonly unknown[]): unknown[] =>
  list
    .slice(0, MAX_ITEMS)
    .map(plainValue)
    .filter((item) => item !== undefined);

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined);

const numberIn = (text: string): number | undefined =>
  text.length <= MAX_NUMBER_LENGTH && NUMBER.test(text) ? finite(Number(text)) : undefined;

const encoder = new TextEncoder();
const buffer = new Uint8Array(MAX_ERROR_TEXT);

/** Returns the beginning of a text that has at most `limit` bytes in UTF-8. */
function cut(text: string, limit: number): string {
  if (text.length * MAX_BYTES_PER_UNIT <= limit) return text;
  const { read } = encoder.encodeInto(text, limit === MAX_TEXT ? buffer.subarray(0, MAX_TEXT) : buffer);
  return read === text.length ? text : text.slice(0, read);
}
