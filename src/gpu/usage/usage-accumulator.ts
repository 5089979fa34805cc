import type { Attributes } from '../../catalog/attributes.js';
import { isSameGpu } from '../../catalog/gpu-identity.js';
import type { GpuReading } from '../readings.js';

/** A reading and when it was taken, ms of `performance.now()`. */
export interface TimedReading {
  readonly at: number;
  readonly reading: GpuReading;
}

/** From one reading of a GPU to the next: what is the same for all spans is worked out once. */
export interface GpuInterval {
  /** When the reading before was taken; `undefined` where there is none of this GPU. */
  readonly since: number | undefined;
  /** By the energy counter, else by the power at both ends; `undefined` where neither is told. */
  readonly meanWatts: number | undefined;
  readonly to: TimedReading;
}

/** A reading this fresh stands for now, ms. */
export const FRESH_MS = 5;
/** Utilization is the driver's word on its last period, so what it says this soon is about the time before, ms. */
const UTILIZATION_LAG_MS = 100;

export function intervalOf(from: TimedReading | undefined, to: TimedReading): GpuInterval {
  if (from === undefined || !isSameGpu(from.reading, to.reading)) {
    return { since: undefined, meanWatts: undefined, to };
  }
  return { since: from.at, meanWatts: meanWatts(from, to), to };
}

/** What one device did between two moments, as far as readings of it tell. Constant in size, however long it takes. */
export class UsageAccumulator {
  #samples = 0;
  #peakMib: number | undefined;
  #firstMib: number | undefined;
  #lastMib: number | undefined;
  #busySum = 0;
  #busyCount = 0;
  #busyMax = 0;
  #joules = 0;
  /** Power from the start until the first reading, where none came before. */
  #headWatts: number | undefined;
  #headMs = 0;
  #last: GpuInterval | undefined;

  /**
   * @param startedAt ms of `performance.now()`
   * @param before what was read of the device before that
   */
  constructor(
    private readonly startedAt: number,
    private readonly before?: GpuReading,
  ) {}

  get newest(): GpuReading | undefined {
    return this.#last?.to.reading ?? this.before;
  }

  /**
   * Takes the intervals of a device, one after the other.
   *
   * @param endedAt once that is known: of readings that were taken later, only the first counts
   */
  add(next: GpuInterval, endedAt = Number.POSITIVE_INFINITY): void {
    const { at, reading } = next.to;
    if (at < this.startedAt || (this.#last !== undefined && this.#last.to.at >= endedAt)) return;
    this.#last = next;
    this.#addEnergy(next, Math.min(at, endedAt));
    this.#samples += 1;
    const { memoryUsedMib: used, gpuPercent } = reading;
    if (next.since === undefined) this.#firstMib = undefined;
    if (used !== undefined) {
      if (this.#peakMib === undefined || used > this.#peakMib) this.#peakMib = used;
      this.#firstMib ??= used;
      this.#lastMib = used;
    }
    if (gpuPercent !== undefined && at - this.startedAt >= UTILIZATION_LAG_MS) {
      this.#busySum += gpuPercent;
      this.#busyCount += 1;
      if (gpuPercent > this.#busyMax) this.#busyMax = gpuPercent;
    }
  }

  /** What it comes to until `endedAt`; `undefined` where it rests on no reading. What no reading tells is absent. */
  attributes(device: string, endedAt: number): Attributes | undefined {
    if (this.#samples === 0) return undefined;
    const attributes: Attributes = { 'snakepit.gpu.device': device, 'snakepit.gpu.samples': this.#samples };
    if (this.#peakMib !== undefined) attributes['snakepit.gpu.memory.peak_mb'] = this.#peakMib;
    if (this.#firstMib !== undefined && this.#lastMib !== undefined && this.#samples > 1) {
      attributes['snakepit.gpu.memory.delta_mb'] = this.#lastMib - this.#firstMib;
    }
    if (this.#busyCount > 0) {
      attributes['snakepit.gpu.utilization.mean_percent'] = this.#busySum / this.#busyCount;
      attributes['snakepit.gpu.utilization.max_percent'] = this.#busyMax;
    }
    const joules = this.#energyUntil(endedAt);
    if (joules !== undefined) attributes['snakepit.gpu.energy.joules'] = joules;
    return attributes;
  }

  /** Of what was used between two readings, or up to the first, adds what lies within the span. */
  #addEnergy({ since, meanWatts, to }: GpuInterval, until: number): void {
    if (since === undefined) {
      if (this.#samples > 0) return;
      this.#headWatts = to.reading.watts;
      this.#headMs = until - this.startedAt;
    } else if (meanWatts !== undefined) {
      this.#headWatts ??= meanWatts;
      this.#joules += joulesOf(meanWatts, until - Math.max(since, this.startedAt));
    }
  }

  /** What lies before the first reading and after the last is taken to be like what is next to it. */
  #energyUntil(endedAt: number): number | undefined {
    if (this.#last === undefined || this.#headWatts === undefined) return undefined;
    const { meanWatts, to } = this.#last;
    const tailMs = Math.max(0, endedAt - to.at);
    const tailWatts = to.reading.watts ?? meanWatts ?? 0;
    return joulesOf(this.#headWatts, this.#headMs) + this.#joules + joulesOf(tailWatts, tailMs);
  }
}

function meanWatts(from: TimedReading, to: TimedReading): number | undefined {
  const { energyJoules: before, watts: wattsBefore } = from.reading;
  const { energyJoules: after, watts: wattsAfter } = to.reading;
  // A counter that fell was reset with its driver.
  if (before !== undefined && after !== undefined && after >= before) {
    return (after - before) / ((to.at - from.at) / 1000);
  }
  if (wattsBefore === undefined || wattsAfter === undefined) return undefined;
  return (wattsBefore + wattsAfter) / 2;
}

const joulesOf = (watts: number, ms: number): number => (watts * ms) / 1000;
