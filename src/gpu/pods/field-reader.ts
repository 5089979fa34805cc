/** Wire types of protobuf. https://protobuf.dev/programming-guides/encoding/ */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;
const MAX_VARINT_BYTES = 10;

/** Reads the fields of a protobuf message one after another, without copies. Skips what it is not asked for. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at: number;
  readonly #end: number;
  /** Range of a value with a length; empty for numbers. */
  #from = 0;
  #to = 0;
  /** Number of the current field. */
  field = 0;

  /** @param from start of the message @param to its end */
  constructor(bytes: Buffer, from = 0, to = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /**
   * Moves to the next field. Returns false at the end of the message.
   *
   * @throws RangeError if the message is malformed
   */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    const length = this.#length(tag % 8);
    this.#from = this.#at;
    this.#to = this.#at + length;
    if (this.#to > this.#end) throw malformed('a field exceeds its message');
    this.#at = this.#to;
    return true;
  }

  /** Returns the text of the current field. */
  text(): string {
    return this.#bytes.toString('utf8', this.#from, this.#to);
  }

  /** Returns a reader of the message in the current field. */
  message(): FieldReader {
    return new FieldReader(this.#bytes, this.#from, this.#to);
  }

  /** Returns the length of a value, after that what precedes it was read. */
  #length(wireType: number): number {
    switch (wireType) {
      case VARINT:
        this.#varint();
        return 0;
      case FIXED64:
        return 8;
      case LENGTH_DELIMITED:
        return this.#varint();
      case FIXED32:
        return 4;
      default:
        throw malformed(`wire type ${wireType}`);
    }
  }

  /** Reads a number. Those beyond 2^53 are inexact. */
  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < MAX_VARINT_BYTES && this.#at < this.#end; i++) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw malformed('a number does not end');
  }
}

const malformed = (problem: string) => new RangeError(`malformed protobuf message: ${problem}`);
