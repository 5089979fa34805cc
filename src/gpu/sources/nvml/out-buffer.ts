import type { Koffi } from './koffi.js';

const WORD = 2 ** 32;
/** Half of `NVML_VALUE_NOT_AVAILABLE`, which is -1 as a 64-bit integer. */
const NOT_AVAILABLE = 0xffff_ffff;

/** Memory for the output parameters of C functions, reused by all calls. Little-endian, as every host of NVML is. */
export class OutBuffer {
  /** Address of the first byte, for C. */
  readonly address: number;
  readonly words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #bytes: Buffer;

  /** @param size bytes */
  constructor(koffi: Koffi, size: number) {
    // An ArrayBuffer of its own: small typed arrays live on V8's heap, which moves them, and small Buffers share a pool.
    const memory = new ArrayBuffer(size);
    this.words = new Uint32Array(memory);
    this.#doubles = new Float64Array(memory, 0, Math.floor(size / 8));
    this.#bytes = Buffer.from(memory);
    this.address = Number(koffi.address(this.#bytes));
  }

  /** Returns the 64-bit integer at a word. Exact up to 2^53. */
  u64(word: number): number {
    return (this.words[word] as number) + (this.words[word + 1] as number) * WORD;
  }

  /** Returns the 64-bit integer at a word, or `NaN` for `NVML_VALUE_NOT_AVAILABLE`. */
  u64OrNaN(word: number): number {
    const low = this.words[word] as number;
    const high = this.words[word + 1] as number;
    return low === NOT_AVAILABLE && high === NOT_AVAILABLE ? Number.NaN : low + high * WORD;
  }

  /** Returns the floating-point number at a word, whose index must be even. */
  f64(word: number): number {
    return this.#doubles[word / 2] as number;
  }

  /** Writes an integer of up to 2^53 at a word, as a 64-bit integer. */
  setU64(word: number, value: number): void {
    this.words[word] = value % WORD;
    this.words[word + 1] = Math.floor(value / WORD);
  }

  /** Writes an opaque handle at a word. */
  setHandle(word: number, handle: number | bigint): void {
    const bits = BigInt(handle);
    this.words[word] = Number(bits & 0xffff_ffffn);
    this.words[word + 1] = Number((bits >> 32n) & 0xffff_ffffn);
  }

  /** Returns the opaque handle at a word: as a number if it is a safe integer, which koffi converts faster. */
  handle(word: number): number | bigint {
    const number = this.u64(word);
    if (Number.isSafeInteger(number)) return number;
    return BigInt(this.words[word] as number) | (BigInt(this.words[word + 1] as number) << 32n);
  }

  /** Returns the null-terminated text at the start of the buffer. */
  text(maxBytes: number): string {
    const end = this.#bytes.indexOf(0);
    return this.#bytes.toString('utf8', 0, Math.min(end < 0 ? maxBytes : end, maxBytes));
  }

  /** Returns true if the null-terminated text at the start equals `bytes`. Faster than decoding a string. */
  textEquals(bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; i++) if (this.#bytes[i] !== bytes[i]) return false;
    return this.#bytes[bytes.length] === 0;
  }
}
