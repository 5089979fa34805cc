import type { GpuInterval, UsageAccumulator } from './usage-accumulator.js';

/** Intervals in a block. */
export const BLOCK_SIZE = 32;

/** Sums of successive intervals of a device, so that a long span is computed from few of them. Plain data. */
export interface IntervalBlock {
  readonly last: GpuInterval;
  /** True if the readings of the device were interrupted. */
  hasGap: boolean;
  peakMib: number | undefined;
  /** First amount of memory after the last gap. */
  firstMib: number | undefined;
  lastMib: number | undefined;
  busySum: number;
  busyCount: number;
  busyMax: number;
  joules: number;
  /** First power that is known. */
  headWatts: number | undefined;
}

/** Returns the sums of the block that begins at an index. */
export function sumBlock(intervals: readonly GpuInterval[], from: number): IntervalBlock {
  const block: IntervalBlock = {
    last: intervals[from + BLOCK_SIZE - 1] as GpuInterval,
    hasGap: false,
    peakMib: undefined,
    firstMib: undefined,
    lastMib: undefined,
    busySum: 0,
    busyCount: 0,
    busyMax: 0,
    joules: 0,
    headWatts: undefined,
  };
  for (let i = from; i < from + BLOCK_SIZE; i++) addToBlock(block, intervals[i] as GpuInterval);
  return block;
}

/** Adds the intervals of a block to a usage that has intervals before them, and whose span was open for all of them. */
export function addBlock(sum: UsageAccumulator, block: IntervalBlock): void {
  sum.samples += BLOCK_SIZE;
  sum.last = block.last;
  if (block.hasGap) sum.firstMib = undefined;
  sum.firstMib ??= block.firstMib;
  sum.lastMib = block.lastMib ?? sum.lastMib;
  sum.peakMib = highest(sum.peakMib, block.peakMib);
  sum.busySum += block.busySum;
  sum.busyCount += block.busyCount;
  sum.busyMax = Math.max(sum.busyMax, block.busyMax);
  sum.joules += block.joules;
  sum.headWatts ??= block.headWatts;
}

function addToBlock(block: IntervalBlock, { since, meanWatts, to }: GpuInterval): void {
  const { memoryUsedMib: used, gpuPercent } = to.reading;
  if (since === undefined) {
    block.hasGap = true;
    block.firstMib = undefined;
  } else if (meanWatts !== undefined) {
    block.headWatts ??= meanWatts;
    block.joules += (meanWatts * (to.at - since)) / 1000;
  }
  if (used !== undefined) {
    block.firstMib ??= used;
    block.lastMib = used;
    block.peakMib = highest(block.peakMib, used);
  }
  if (gpuPercent !== undefined) {
    block.busySum += gpuPercent;
    block.busyCount += 1;
    block.busyMax = Math.max(block.busyMax, gpuPercent);
  }
}

const highest = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || (other !== undefined && other > one) ? other : one;
