import type { GpuIdentity } from '../../reading.js';
import type { GpuFault } from '../../source.js';
import { DeviceGone, DriverLost } from './errors.js';
import { type Nvml, type NvmlFunction, nameOf } from './library.js';
import type { OutMemory } from './out-memory.js';
import { type Asked, type Question, READINGS, type Reading } from './readings.js';
import { returnCode, SUCCESS, TIMEOUT } from './return-codes.js';

/** A GPU, or a MIG slice of one, for as long as its handle stands for it. */
export class Device implements Asked {
  /** The text of its `uuid`, to be compared with. */
  readonly uuidBytes: Uint8Array | undefined;
  /** Last PCIe throughput by direction, KB/s, and when each was read, ms of `performance.now()`. */
  readonly pcie = new Float64Array(2);
  readonly pcieAt = new Float64Array(2).fill(Number.NEGATIVE_INFINITY);
  readonly #unsupported = new Set<Question>();
  /** What is asked of it, in a sample and in a glance. */
  #readings: readonly Reading[] = [];
  #glance: readonly Reading[] = [];

  /** @param faults where it tells what it cannot read */
  constructor(
    readonly handle: number | bigint,
    readonly identity: GpuIdentity,
    readonly fanCount: number,
    readonly faults: GpuFault[],
  ) {
    this.uuidBytes = identity.uuid === undefined ? undefined : Buffer.from(identity.uuid);
    this.#plan();
  }

  get isSlice(): boolean {
    return this.identity.parentUuid !== undefined;
  }

  supports(question: Question): boolean {
    return !this.#unsupported.has(question);
  }

  /** Asks everything anew from now on: its mode of operation has changed. */
  forgetUnsupported(): void {
    this.#unsupported.clear();
    this.#plan();
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
    let i = 0;
    for (;;) {
      const plan = glance ? this.#glance : this.#readings;
      const reading = plan[i];
      if (reading === undefined) return;
      const code = reading.ask(nvml, this, out);
      if (code === SUCCESS || this.#settle(reading, code)) reading.keep(out, record, at);
      // What turns out not to be supported makes way for what stands in for it, or for the next.
      if (plan === (glance ? this.#glance : this.#readings)) i++;
    }
  }

  #plan(): void {
    this.#readings = READINGS.filter(
      (reading) =>
        (reading.ofSlice || !this.isSlice) &&
        this.supports(reading) &&
        (reading.insteadOf === undefined || !this.supports(reading.insteadOf)),
    );
    this.#glance = this.#readings.filter(({ inGlance }) => inGlance);
  }

  #settle(question: Question, code: number): boolean {
    const { meaning, words } = returnCode(code);
    if (meaning === 'done') return true;
    if (meaning === 'gone') throw new DeviceGone(question.fn, code);
    if (meaning === 'restart') throw new DriverLost(question.fn, code);
    if (meaning === 'unsupported' || meaning === 'forbidden') {
      this.#unsupported.add(question);
      this.#plan();
    }
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
