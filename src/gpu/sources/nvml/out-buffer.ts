import type { Koffi } from './koffi.js';

const WORD = 2 ** 32;
const NOT_AVAILABLE = 0xffff_ffff;

/** Memory that C functions write their answers to, made once. Integers are little-endian, as on all hosts of NVML. */
export class OutBuffer {
  /** Where it begins, for C. */
  readonly address: number;
  readonly words: Uint32Array;
  readonly #text: Buffer;

  constructor(koffi: Koffi, size: number) {
    // A buffer of its own: one that is part of a pool, or small enough for the heap, may move.
    const memory = new ArrayBuffer(size);
    this.words = new Uint32Array(memory);
    this.#text = Buffer.from(memory);
    this.address = Number(koffi.address(this.#text));
  }

  /** The 64-bit integer at a word; whole up to 2^53. */
  u64(word: number): number {
    return (this.words[word] as number) + (this.words[word + 1] as number) * WORD;
  }

  /** The same, `NaN` where it is NVML's word for a value that there is none of. */
  u64OrNaN(word: number): number {
    const low = this.words[word] as number;
    const high = this.words[word + 1] as number;
    return low === NOT_AVAILABLE && high === NOT_AVAILABLE ? Number.NaN : low + high * WORD;
  }

  /** The handle at a word. What it is made of is the driver's business: a number where it fits, for it is quicker. */
  handle(word: number): number | bigint {
    const number = this.u64(word);
    if (Number.isSafeInteger(number)) return number;
    return BigInt(this.words[word] as number) | (BigInt(this.words[word + 1] as number) << 32n);
  }

  /** The text at the beginning. */
  text(maxBytes: number): string {
    const end = this.#text.indexOf(0);
    return this.#text.toString('utf8', 0, Math.min(end < 0 ? maxBytes : end, maxBytes));
  }

  /** Whether it begins with that text, to its end. Quicker than to make a string of it. */
  isText(bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; i++) if (this.#text[i] !== bytes[i]) return false;
    return this.#text[bytes.length] === 0;
  }
}
