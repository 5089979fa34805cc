import type { GpuIdentity } from '../../reading.js';
import type { GpuFault } from '../../source.js';
import { DeviceGone, DriverLost } from './errors.js';
import { type Nvml, type NvmlFunction, nameOf } from './library.js';
import type { OutMemory } from './out-memory.js';
import { type Asked, type Question, READINGS } from './readings.js';
import { returnCode, SUCCESS, TIMEOUT } from './return-codes.js';

/** A GPU, or a MIG slice of one, for as long as its handle stands for it. */
export class Device implements Asked {
  readonly #unsupported = new Set<Question>();

  /** @param faults where it tells what it cannot read */
  constructor(
    readonly handle: number | bigint,
    readonly identity: GpuIdentity,
    readonly fanCount: number,
    readonly faults: GpuFault[],
  ) {}

  get isSlice(): boolean {
    return this.identity.parentUuid !== undefined;
  }

  supports(question: Question): boolean {
    return !this.#unsupported.has(question);
  }

  /** Asks everything anew from now on: its mode of operation has changed. */
  forgetUnsupported(): void {
    this.#unsupported.clear();
  }

  /**
   * Asks a question, unless it is known to have no answer. Returns whether there is one.
   *
   * @throws DeviceGone, DriverLost
   */
  ask(question: Question, nvml: Nvml, out: OutMemory): boolean {
    if (this.#unsupported.has(question)) return false;
    const code = question.ask(nvml, this, out);
    return code === SUCCESS || this.#settle(question, code);
  }

  /** Reads its numbers into a record. @throws DeviceGone, DriverLost */
  read(nvml: Nvml, out: OutMemory, record: Float64Array, at: number, glance: boolean): void {
    for (const reading of READINGS) {
      if (glance && !reading.inGlance) continue;
      if (this.isSlice && !reading.ofSlice) continue;
      if (reading.insteadOf !== undefined && this.supports(reading.insteadOf)) continue;
      if (this.ask(reading, nvml, out)) reading.keep(out, record, at);
    }
  }

  #settle(question: Question, code: number): boolean {
    const { meaning, words } = returnCode(code);
    if (meaning === 'done') return true;
    if (meaning === 'gone') throw new DeviceGone(question.fn, code);
    if (meaning === 'restart') throw new DriverLost(question.fn, code);
    if (meaning === 'unsupported' || meaning === 'forbidden') this.#unsupported.add(question);
    if (meaning !== 'unsupported' && meaning !== 'absent') {
      const { device } = this.identity;
      this.faults.push(deviceFault(device, question.fn, code, words));
    }
    return false;
  }
}

const deviceFault = (device: string, fn: NvmlFunction, code: number, words: string): GpuFault => ({
  reason: code === TIMEOUT ? 'timeout' : 'failed',
  detail: `${device}: ${nameOf(fn)}: ${words}`,
  device,
});
