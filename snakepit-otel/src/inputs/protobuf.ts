// As much of the encoding of Protocol Buffers as finds and replaces parts of a message: https://protobuf.dev/programming-guides/encoding
import type { TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';

/** The bytes are not a message. */
export class MalformedMessage extends Error {}

/** Range of bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
  /** Counts the fields of all messages around it that are read at once. @default they are counted anew */
  readonly fields?: { count: number } | undefined;
}

/** A field of a message whose value has a length: a text, bytes or a message. */
export interface LengthField extends Range {
  readonly number: number;
  /** Where the field begins. */
  readonly fieldAt: number;
  /** Where its length stands, which ends at `start`. */
  readonly lengthAt: number;
}

/** A field of a message whose value is a number: a varint, or 4 or 8 bytes. */
export interface NumberField extends Range {
  readonly number: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const GROUP = 3;
const END_OF_GROUP = 4;
const FIXED32 = 5;
/** Bytes of a varint. A small number may have as many too. */
const MAX_VARINT_LENGTH = 10;
const MAX_FIELD_NUMBER = 2 ** 29 - 1;
/** Fields that are read at once, those of messages inside a message included: empty ones have 2 bytes, and each takes time. */
const MAX_FIELDS = 500_000;
/** Groups inside each other, as in the parsers of Protocol Buffers. */
const MAX_GROUPS = 100;
/** Bytes of a varint, and their bits, that one number collects; another collects the rest. */
const LOW_BYTES = 4;
const LOW_BITS = 28n;

/**
 * Calls `visit` for each field of a message whose value has a length, in order, and `visitNumber` for the others.
 *
 * @throws MalformedMessage
 */
export function forEachField(
  bytes: Uint8Array,
  { start, end, fields = { count: 0 } }: Range,
  visit: (field: LengthField) => void,
  visitNumber?: (field: NumberField) => void,
): void {
  for (let at = start; at < end; ) at = readField(bytes, { start: at, end, fields }, visit, visitNumber);
}

/** A message that is being walked through. */
interface OpenMessage {
  start: number;
  readonly end: number;
  readonly fields: { count: number };
}

/**
 * Calls `visit` for each field of a message, and of messages inside it, whose value has a length, in order. Divides the work among turns of
 * the event loop.
 *
 * @param path numbers of the fields that lead to the messages to walk through, by level; `visit` is called with the level
 * @throws MalformedMessage (as a rejection)
 */
export async function walkFields(
  bytes: Uint8Array,
  path: readonly (readonly number[])[],
  turn: TurnBudget,
  visit: (field: LengthField, level: number) => void,
): Promise<void> {
  const open: OpenMessage[] = [];
  const enter = (start: number, end: number) => open.push({ start, end, fields: { count: 0 } });
  const visitAndEnter = ({ number, fieldAt, lengthAt, start, end }: LengthField) => {
    const level = open.length - 1;
    visit({ number, fieldAt, lengthAt, start, end, fields: undefined }, level);
    if (path[level]?.includes(number)) enter(start, end);
  };
  enter(0, bytes.length);
  for (let message = open.at(-1); message !== undefined; message = open.at(-1)) {
    if (turn.isSpent) await turn.next();
    if (message.start >= message.end) open.pop();
    else message.start = readField(bytes, message, visitAndEnter);
  }
}

/** Reads the field at the beginning of a range. Returns its end. */
function readField(
  bytes: Uint8Array,
  { start: fieldAt, end, fields }: OpenMessage,
  visit: (field: LengthField) => void,
  visitNumber?: (field: NumberField) => void,
): number {
  if (++fields.count > MAX_FIELDS)
    throw new MalformedMessage(`more than ${MAX_FIELDS} fields in one message`);
  const { number, type, end: at } = readKey(bytes, fieldAt, end);
  if (type === GROUP) return endOfGroup(bytes, at, end, number);
  if (type === LENGTH) {
    const value = rangeOfValue(bytes, at, end);
    visit({ number, fieldAt, lengthAt: at, start: value.start, end: value.end, fields });
    return value.end;
  }
  const valueEnd = endOfNumber(bytes, at, end, type);
  visitNumber?.({ number, start: at, end: valueEnd });
  return valueEnd;
}

function readKey(bytes: Uint8Array, at: number, end: number): { number: number; type: number; end: number } {
  const key = readVarint(bytes, at, end);
  const number = Math.floor(key.value / 8);
  if (number === 0 || number > MAX_FIELD_NUMBER)
    throw new MalformedMessage(`a field has the number ${number}`);
  return { number, type: key.value % 8, end: key.end };
}

/** Returns the range of the value whose length is at `at`. */
function rangeOfValue(bytes: Uint8Array, at: number, end: number): Range {
  const length = readVarint(bytes, at, end);
  const valueEnd = length.end + length.value;
  if (valueEnd > end) throw new MalformedMessage('a field is longer than its message');
  return { start: length.end, end: valueEnd };
}

/** Passes over a group, an old kind of field that no message of OTLP has, but that an unknown field may be. */
function endOfGroup(bytes: Uint8Array, start: number, end: number, group: number): number {
  const open = [group];
  let at = start;
  while (open.length > 0) {
    const { number, type, end: valueAt } = readKey(bytes, at, end);
    at = valueAt;
    if (type === GROUP) {
      if (open.push(number) > MAX_GROUPS) throw new MalformedMessage(`more than ${MAX_GROUPS} nested groups`);
    } else if (type === END_OF_GROUP) {
      if (open.pop() !== number) throw new MalformedMessage('a group ends that did not begin');
    } else at = type === LENGTH ? rangeOfValue(bytes, at, end).end : endOfNumber(bytes, at, end, type);
  }
  return at;
}

function endOfNumber(bytes: Uint8Array, at: number, end: number, type: number): number {
  if (type === VARINT) return skipVarint(bytes, at, end);
  if (type !== FIXED64 && type !== FIXED32)
    throw new MalformedMessage(`a field has the unknown type ${type}`);
  const valueEnd = at + (type === FIXED64 ? 8 : 4);
  if (valueEnd > end) throw new MalformedMessage('a field is longer than its message');
  return valueEnd;
}

/** Returns the signed integer of a varint. */
export function readInt64(bytes: Uint8Array, { start, end }: Range): bigint {
  let low = 0;
  let high = 0;
  for (let at = start, i = 0; at < end; at++, i++) {
    const bits = (bytes[at] as number) & 0x7f;
    if (i < LOW_BYTES) low += bits * 128 ** i;
    else high += bits * 128 ** (i - LOW_BYTES);
  }
  return BigInt.asIntN(64, (BigInt(high) << LOW_BITS) | BigInt(low));
}

function readVarint(bytes: Uint8Array, start: number, end: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < end && at - start < MAX_VARINT_LENGTH; at++, factor *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at + 1 };
  }
  throw new MalformedMessage('a number does not end');
}

function skipVarint(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end && at - start < MAX_VARINT_LENGTH; at++)
    if ((bytes[at] as number) < 0x80) return at + 1;
  throw new MalformedMessage('a number does not end');
}

/** Returns a number as a varint. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/** Returns a field with a text, bytes or a message as its value. */
export const lengthField = (number: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([varint(number * 8 + LENGTH), varint(value.length), value]);
