import type { Attributes } from '../../catalog/attributes.js';
import { isSameGpu } from '../../catalog/gpu-identity.js';
import { MAX_WATTS } from '../readings/ranges.js';
import type { GpuReading } from '../readings.js';

/** A reading and when it was taken, ms of `performance.now()`. */
export interface TimedReading {
  readonly at: number;
  readonly reading: GpuReading;
}

/** The time from one reading of a GPU to the next. Computed once for all spans. */
export interface GpuInterval {
  /** When the previous reading was taken; `undefined` if there is none of this GPU. */
  readonly since: number | undefined;
  /** From the energy counter, else from the power at both ends; `undefined` if the driver reports neither. */
  readonly meanWatts: number | undefined;
  readonly to: TimedReading;
}

/** Age up to which a reading counts as taken now, ms. */
export const FRESH_MS = 5;
/** Time after the start of a span in which utilization is ignored, ms: it is the driver's mean of the period before. */
export const UTILIZATION_LAG_MS = 100;

export function intervalOf(from: TimedReading | undefined, to: TimedReading): GpuInterval {
  if (from === undefined || !isSameGpu(from.reading, to.reading)) {
    return { since: undefined, meanWatts: undefined, to };
  }
  return { since: from.at, meanWatts: meanWatts(from, to), to };
}

/** Sums over successive intervals of a device. */
export interface UsageSums {
  peakMib: number | undefined;
  /** First amount of memory after the last interruption of the readings. */
  firstMib: number | undefined;
  lastMib: number | undefined;
  busySum: number;
  busyCount: number;
  busyMax: number;
  joules: number;
  /** First power that is known. */
  headWatts: number | undefined;
}

export const emptySums = (): UsageSums => ({
  peakMib: undefined,
  firstMib: undefined,
  lastMib: undefined,
  busySum: 0,
  busyCount: 0,
  busyMax: 0,
  joules: 0,
  headWatts: undefined,
});

/** Adds what an interval says of memory and, on demand, of utilization. */
export function addReading(sums: UsageSums, { since, to }: GpuInterval, countsUtilization: boolean): void {
  const { memoryUsedMib: used, gpuPercent } = to.reading;
  if (since === undefined) sums.firstMib = undefined;
  if (used !== undefined) {
    sums.firstMib ??= used;
    sums.lastMib = used;
    sums.peakMib = highest(sums.peakMib, used);
  }
  if (gpuPercent !== undefined && countsUtilization) {
    sums.busySum += gpuPercent;
    sums.busyCount += 1;
    sums.busyMax = Math.max(sums.busyMax, gpuPercent);
  }
}

/** Adds the energy of a power for a time. */
export function addPower(sums: UsageSums, watts: number, ms: number): void {
  sums.headWatts ??= watts;
  sums.joules += joulesOf(watts, ms);
}

/** Returns the higher one of two numbers, of which either may be unknown. */
export const highest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || (other !== undefined && other > one) ? other : one;

/**
 * Usage of one device by one span, summed up from readings. Constant in size, however long the span takes. Plain data: all
 * copies of this package in the process share it.
 */
export interface UsageAccumulator extends UsageSums {
  /** Start of the span, ms of `performance.now()`. */
  readonly startedAt: number;
  /** Reading of the device before the start. */
  readonly before: GpuReading | undefined;
  samples: number;
  /** Time from the start to the first reading if there was none before the start, ms. It had the first known power. */
  headMs: number;
  last: GpuInterval | undefined;
}

export const createAccumulator = (startedAt: number, before?: GpuReading): UsageAccumulator => ({
  startedAt,
  before,
  samples: 0,
  headMs: 0,
  last: undefined,
  ...emptySums(),
});

/** Returns the newest reading of the device. */
export const newestReading = ({ last, before }: UsageAccumulator): GpuReading | undefined =>
  last?.to.reading ?? before;

/**
 * Adds an interval. Intervals of a device must come in order.
 *
 * @param endedAt end of the span once it is known: only the first of the readings after it counts, and of a span that is shorter than a
 * reading takes the first two
 */
export function addInterval(
  sum: UsageAccumulator,
  next: GpuInterval,
  endedAt = Number.POSITIVE_INFINITY,
): void {
  const { at } = next.to;
  if (at < sum.startedAt) return;
  if (sum.samples >= 2 && sum.last !== undefined && sum.last.to.at >= endedAt) return;
  sum.last = next;
  addEnergy(sum, next, Math.min(at, endedAt));
  sum.samples += 1;
  addReading(sum, next, at - sum.startedAt >= UTILIZATION_LAG_MS);
}

/** Returns the usage until `endedAt`, without what no reading covers; `undefined` if there is no reading at all. */
export function accumulatedAttributes(
  sum: UsageAccumulator,
  device: string,
  endedAt: number,
): Attributes | undefined {
  if (sum.last === undefined) return undefined;
  const attributes: Attributes = { 'snakepit.gpu.device': device, 'snakepit.gpu.samples': sum.samples };
  if (sum.peakMib !== undefined) attributes['snakepit.gpu.memory.peak_mb'] = sum.peakMib;
  if (sum.firstMib !== undefined && sum.lastMib !== undefined && sum.samples > 1) {
    attributes['snakepit.gpu.memory.delta_mb'] = sum.lastMib - sum.firstMib;
  }
  if (sum.busyCount > 0) {
    attributes['snakepit.gpu.utilization.mean_percent'] = sum.busySum / sum.busyCount;
    attributes['snakepit.gpu.utilization.max_percent'] = sum.busyMax;
  }
  const joules = energyUntil(sum, endedAt);
  if (joules !== undefined) attributes['snakepit.gpu.energy.joules'] = joules;
  return attributes;
}

/** Adds the part of an interval's energy that falls within the span. */
function addEnergy(sum: UsageAccumulator, { since, meanWatts, to }: GpuInterval, until: number): void {
  if (since === undefined) {
    if (sum.samples > 0) return;
    sum.headWatts = to.reading.watts;
    sum.headMs = until - sum.startedAt;
  } else if (meanWatts !== undefined) {
    addPower(sum, meanWatts, Math.max(0, until - Math.max(since, sum.startedAt)));
  }
}

/** Extends the first and the last known power to the edges of the span. */
function energyUntil(
  { last, headWatts, headMs, joules }: UsageAccumulator,
  endedAt: number,
): number | undefined {
  if (last === undefined || headWatts === undefined) return undefined;
  const { meanWatts, to } = last;
  const tailMs = Math.max(0, endedAt - to.at);
  const tailWatts = to.reading.watts ?? meanWatts ?? 0;
  return joulesOf(headWatts, headMs) + joules + joulesOf(tailWatts, tailMs);
}

function meanWatts(from: TimedReading, to: TimedReading): number | undefined {
  const { energyJoules: before, watts: wattsBefore } = from.reading;
  const { energyJoules: after, watts: wattsAfter } = to.reading;
  // A counter that decreased was reset when its driver was reloaded.
  if (before !== undefined && after !== undefined && after >= before) {
    const watts = (after - before) / ((to.at - from.at) / 1000);
    // A counter that jumps is no measurement.
    if (watts <= MAX_WATTS) return watts;
  }
  if (wattsBefore === undefined || wattsAfter === undefined) return undefined;
  return (wattsBefore + wattsAfter) / 2;
}

const joulesOf = (watts: number, ms: number): number => (watts * ms) / 1000;
