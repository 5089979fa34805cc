import type { Attributes } from '../attributes.js';
import type { GpuReading } from './reading.js';

/** A reading and when it was taken, ms of `performance.now()`. */
export interface TimedReading {
  readonly at: number;
  readonly reading: GpuReading;
}

/** A reading this fresh stands for now, ms. */
export const FRESH_MS = 5;
/** Utilization is the driver's word on its last period, so what it says this soon is about the time before, ms. */
const UTILIZATION_LAG_MS = 100;

/** What one device did between two moments, as far as readings of it tell. Constant in size, however long it takes. */
export class GpuCostMeter {
  #samples = 0;
  #peakMib: number | undefined;
  #firstMib: number | undefined;
  #lastMib: number | undefined;
  #busySum = 0;
  #busyCount = 0;
  #busyMax = 0;
  #joules: number | undefined;
  /** Power from the start until the first reading, where none came before. */
  #headWatts: number | undefined;
  #headMs = 0;
  #tailWatts: number | undefined;
  #last: TimedReading | undefined;

  /**
   * @param startedAt ms of `performance.now()`
   * @param before the newest reading, from before the start: energy is shared out between it and the next one
   */
  constructor(
    private readonly startedAt: number,
    before?: TimedReading,
  ) {
    this.#last = before;
  }

  /** The newest reading, which may be the one from before the start. */
  get newest(): TimedReading | undefined {
    return this.#last;
  }

  add(next: TimedReading): void {
    const last = this.#last;
    if (last !== undefined && next.at <= last.at) return;
    this.#last = next;
    if (next.at < this.startedAt) return;
    this.#addEnergy(last, next);
    this.#samples += 1;
    const { memoryUsedMib: used, gpuPercent } = next.reading;
    if (used !== undefined) {
      this.#peakMib = Math.max(this.#peakMib ?? used, used);
      this.#firstMib ??= used;
      this.#lastMib = used;
    }
    if (gpuPercent !== undefined && next.at - this.startedAt >= UTILIZATION_LAG_MS) {
      this.#busySum += gpuPercent;
      this.#busyCount += 1;
      this.#busyMax = Math.max(this.#busyMax, gpuPercent);
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

  #addEnergy(last: TimedReading | undefined, next: TimedReading): void {
    const { watts } = next.reading;
    this.#tailWatts = watts;
    if (last === undefined) {
      this.#headWatts = watts;
      this.#headMs = next.at - this.startedAt;
      return;
    }
    const mean = meanWatts(last, next);
    if (mean === undefined) return;
    this.#headWatts ??= mean;
    this.#tailWatts ??= mean;
    this.#joules = (this.#joules ?? 0) + joulesOf(mean, next.at - Math.max(last.at, this.startedAt));
  }

  /** What lies before the first reading and after the last is taken to be like what is next to it. */
  #energyUntil(endedAt: number): number | undefined {
    if (this.#joules === undefined && this.#headWatts === undefined) return undefined;
    const tailMs = endedAt - (this.#last?.at ?? endedAt);
    return (
      joulesOf(this.#headWatts ?? 0, this.#headMs) +
      (this.#joules ?? 0) +
      joulesOf(this.#tailWatts ?? 0, tailMs)
    );
  }
}

/** By the energy counter, else by the power at both ends; `undefined` where neither is told. */
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
