// As much of the encoding of Protocol Buffers as finds and replaces parts of a message: https://protobuf.dev/programming-guides/encoding

/** The bytes are not a message. */
export class MalformedMessage extends Error {}

/** Range of bytes. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A field of a message whose value has a length: a text, bytes or a message. */
export interface LengthField extends Range {
  readonly number: number;
  /** Where the field begins. */
  readonly fieldAt: number;
  /** Where its length stands, which ends at `start`. */
  readonly lengthAt: number;
}

/** A field of a message whose value is a number: a varint, or one of 4 or 8 bytes. */
export interface NumberField extends Range {
  readonly number: number;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** Longest varint that a number holds exactly. */
const MAX_VARINT_BYTES = 7;
const MAX_VARINT_LENGTH = 10;

/**
 * Calls `visit` for each field of a message whose value has a length, and `visitNumber` for each other one, in order.
 *
 * @throws MalformedMessage
 */
export function forEachLengthField(
  bytes: Uint8Array,
  { start, end }: Range,
  visit: (field: LengthField) => void,
  visitNumber?: (field: NumberField) => void,
): void {
  let at = start;
  while (at < end) {
    const fieldAt = at;
    const key = readVarint(bytes, at, end);
    at = key.end;
    const number = Math.floor(key.value / 8);
    if (number === 0) throw new MalformedMessage('a field has the number 0');
    const type = key.value % 8;
    const valueAt = at;
    if (type === VARINT) at = skipVarint(bytes, at, end);
    else if (type === FIXED64) at += 8;
    else if (type === FIXED32) at += 4;
    else if (type === LENGTH) {
      const length = readVarint(bytes, at, end);
      const valueEnd = length.end + length.value;
      if (valueEnd > end) throw new MalformedMessage('a field is longer than its message');
      visit({ number, fieldAt, lengthAt: at, start: length.end, end: valueEnd });
      at = valueEnd;
    } else throw new MalformedMessage(`a field has the unknown type ${type}`);
    if (type !== LENGTH && at <= end) visitNumber?.({ number, start: valueAt, end: at });
  }
  if (at > end) throw new MalformedMessage('a field is longer than its message');
}

function readVarint(bytes: Uint8Array, start: number, end: number): { value: number; end: number } {
  let value = 0;
  let factor = 1;
  for (let at = start; at < end && at - start < MAX_VARINT_BYTES; at++, factor *= 128) {
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

/** Returns the value of a varint as a signed integer; of those that a number does not hold exactly, one close to it. */
export function integerOf(bytes: Uint8Array, { start, end }: Range): number {
  let value = 0n;
  for (let at = end - 1; at >= start; at--) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
  return Number(BigInt.asIntN(64, value));
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

/** A part of a message to replace; without a length it is inserted. */
export interface Edit extends Range {
  readonly by: Uint8Array;
}

/** Returns the bytes with parts replaced. The edits are in order and do not overlap. */
export function applyEdits(bytes: Uint8Array, edits: readonly Edit[]): Buffer {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, by } of edits) {
    parts.push(bytes.subarray(at, start), by);
    at = end;
  }
  parts.push(bytes.subarray(at));
  return Buffer.concat(parts);
}

/** Collects edits inside nested messages, and corrects the lengths of the messages around them. */
export class MessageEdits {
  readonly #edits: Edit[] = [];

  get isEmpty(): boolean {
    return this.#edits.length === 0;
  }

  /** Adds an edit. @returns by how much it makes its message longer */
  add(edit: Edit): number {
    this.#edits.push(edit);
    return edit.by.length - (edit.end - edit.start);
  }

  /** Corrects the length of a message that becomes longer. @returns by how much the message around it does */
  lengthen({ lengthAt, start, end }: LengthField, by: number): number {
    return by === 0 ? 0 : by + this.add({ start: lengthAt, end: start, by: varint(end - start + by) });
  }

  /** Returns the edited bytes. */
  applyTo(bytes: Uint8Array): Buffer {
    return applyEdits(
      bytes,
      this.#edits.sort((one, other) => one.start - other.start),
    );
  }
}
