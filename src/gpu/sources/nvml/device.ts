import type { GpuIdentity } from '../../identity.js';
import type { GpuFault } from '../../source.js';
import { DeviceGone, DriverLost } from './errors.js';
import type { FaultLog } from './fault-log.js';
import { type Nvml, type NvmlFunction, nameOf } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { type NvmlQuery, type QueryTarget, READINGS, type Reading } from './queries.js';
import { returnCode, SUCCESS, TIMEOUT } from './return-codes.js';
import { PROCESSES_AT } from './sample-memory.js';

/** What changes slowly is read so often, ms. */
const SLOW_MS = 1000;

/** What is asked of a device: now and then and every time in samples, and in glances. */
interface Plans {
  readonly slow: readonly Reading[];
  readonly fast: readonly Reading[];
  readonly glance: readonly Reading[];
}

type Plan = (plans: Plans) => readonly Reading[];
const slowPlan: Plan = ({ slow }) => slow;
const fastPlan: Plan = ({ fast }) => fast;
const glancePlan: Plan = ({ glance }) => glance;

/** A GPU, or a MIG slice of one, for as long as its handle stands for it. */
export class Device implements QueryTarget {
  /** The text of its `uuid`, to be compared with. */
  readonly uuidBytes: Uint8Array | undefined;
  /** Last PCIe throughput by direction, KB/s, and when each was read, ms of `performance.now()`. */
  readonly pcie = new Float64Array(2);
  readonly pcieAt = new Float64Array(2).fill(Number.NEGATIVE_INFINITY);
  /** Whether it is a GPU that is cut into slices. */
  isSliced = false;
  readonly #unsupported = new Set<NvmlQuery>();
  #plans: Plans;
  /** The fields of what changes slowly, and when it was read, ms of `performance.now()`. */
  readonly #slow = new Float64Array(PROCESSES_AT);
  #slowAt = Number.NEGATIVE_INFINITY;

  /** @param trouble where it tells what it cannot read */
  constructor(
    readonly handle: number | bigint,
    readonly identity: GpuIdentity,
    readonly fanCount: number,
    readonly trouble: FaultLog,
  ) {
    this.uuidBytes = identity.uuid === undefined ? undefined : Buffer.from(identity.uuid);
    this.#plans = this.#plan();
  }

  get isSlice(): boolean {
    return this.identity.parentUuid !== undefined;
  }

  supports(question: NvmlQuery): boolean {
    return !this.#unsupported.has(question);
  }

  /** Asks everything anew from now on: its mode of operation has changed. */
  forgetUnsupported(): void {
    this.#unsupported.clear();
    this.#plans = this.#plan();
    this.#slowAt = Number.NEGATIVE_INFINITY;
  }

  /**
   * Asks a question, unless it is known to have no answer. Returns whether there is one.
   *
   * @throws DeviceGone, DriverLost
   */
  ask(question: NvmlQuery, nvml: Nvml, out: OutBuffer): boolean {
    if (this.#unsupported.has(question)) return false;
    const code = question.ask(nvml, this, out);
    return code === SUCCESS || this.#settle(question, code);
  }

  /** Reads its numbers into a record. @param now ms of `performance.now()`. @throws DeviceGone, DriverLost */
  read(
    nvml: Nvml,
    out: OutBuffer,
    record: Float64Array,
    at: number,
    { glance, now }: { readonly glance: boolean; readonly now: number },
  ): void {
    if (glance) {
      record.fill(Number.NaN, at, at + PROCESSES_AT);
      this.#run(glancePlan, nvml, out, record, at);
      return;
    }
    if (now - this.#slowAt >= SLOW_MS) {
      this.#slow.fill(Number.NaN);
      this.#run(slowPlan, nvml, out, this.#slow, 0);
      this.#slowAt = now;
    }
    record.set(this.#slow, at);
    this.#run(fastPlan, nvml, out, record, at);
  }

  #run(plan: Plan, nvml: Nvml, out: OutBuffer, record: Float64Array, at: number): void {
    let readings = plan(this.#plans);
    for (let i = 0; i < readings.length; ) {
      const reading = readings[i] as Reading;
      const code = reading.ask(nvml, this, out);
      if (code === SUCCESS || this.#settle(reading, code)) {
        reading.keep(out, record, at);
        i++;
        continue;
      }
      const now = plan(this.#plans);
      // What turns out not to be supported makes way for what stands in for it, or for the next.
      if (readings === now) i++;
      readings = now;
    }
  }

  #plan(): Plans {
    const readings = READINGS.filter(
      (reading) =>
        (reading.ofSlice || !this.isSlice) &&
        this.supports(reading) &&
        (reading.fallbackFor === undefined || !this.supports(reading.fallbackFor)),
    );
    return {
      slow: readings.filter(({ isSlow }) => isSlow),
      fast: readings.filter(({ isSlow }) => !isSlow),
      glance: readings.filter(({ inGlance }) => inGlance),
    };
  }

  #settle(question: NvmlQuery, code: number): boolean {
    const { meaning, words } = returnCode(code);
    if (meaning === 'done') return true;
    // Perhaps the handle stands for it no longer.
    this.trouble.isListInDoubt = true;
    if (meaning === 'gone') throw new DeviceGone(question.fn, code);
    if (meaning === 'restart') throw new DriverLost(question.fn, code);
    if (meaning === 'unsupported' || meaning === 'forbidden') {
      this.#unsupported.add(question);
      this.#plans = this.#plan();
    }
    // Who is given a slice of a GPU may ask little of the whole.
    const isNormal =
      meaning === 'unsupported' || meaning === 'absent' || (meaning === 'forbidden' && this.isSliced);
    if (!isNormal) {
      const { device } = this.identity;
      this.trouble.faults.push(deviceFault(device, question.fn, code, words));
    }
    return false;
  }
}

const deviceFault = (device: string, fn: NvmlFunction, code: number, words: string): GpuFault => ({
  reason: code === TIMEOUT ? 'timeout' : 'failed',
  detail: `${device}: ${nameOf(fn)}: ${words}`,
  device,
});
