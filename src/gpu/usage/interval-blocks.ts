import {
  addPower,
  addReading,
  emptySums,
  type GpuInterval,
  highest,
  type UsageAccumulator,
  type UsageSums,
} from './usage-accumulator.js';

/** Intervals in a block. */
export const BLOCK_SIZE = 32;

/** Sums of successive intervals of a device, so that a long span is computed from few of them. Plain data. */
export interface IntervalBlock extends UsageSums {
  readonly last: GpuInterval;
  /** True if the readings of the device were interrupted. */
  hasGap: boolean;
}

/** Returns the sums of the block that begins at an index. */
export function sumBlock(intervals: readonly GpuInterval[], from: number): IntervalBlock {
  const block: IntervalBlock = {
    last: intervals[from + BLOCK_SIZE - 1] as GpuInterval,
    hasGap: false,
    ...emptySums(),
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

function addToBlock(block: IntervalBlock, interval: GpuInterval): void {
  const { since, meanWatts, to } = interval;
  if (since === undefined) block.hasGap = true;
  else if (meanWatts !== undefined) addPower(block, meanWatts, to.at - since);
  addReading(block, interval, true);
}
