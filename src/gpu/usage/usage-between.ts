import type { Attributes } from '../../catalog/attributes.js';
import { addBlock, BLOCK_SIZE } from './interval-blocks.js';
import { listAt, type ProcessList } from './process-lists.js';
import { firstFrom, type RecentDevice } from './recent-readings.js';
import {
  accumulatedAttributes,
  addInterval,
  createAccumulator,
  type GpuInterval,
  UTILIZATION_LAG_MS,
} from './usage-accumulator.js';

/** Time after the end of a span at which memory still counts as that of its end, ms. */
const EDGE_MS = 1000;

/**
 * Returns the usage of a device between two times, as a span of this process has it; `undefined` if no reading covers any of it.
 *
 * @param kept readings of the device
 * @param start ms of `performance.now()`
 * @param end ms of `performance.now()`
 * @param isOwn returns true for processes whose usage it is; all others share the device
 */
export function usageBetween(
  { intervals, blocks, processes }: RecentDevice,
  start: number,
  end: number,
  isOwn: (pid: number) => boolean,
): Attributes | undefined {
  const first = firstFrom(intervals, start);
  const begin = intervals[first];
  if (begin === undefined) return undefined;
  const sum = createAccumulator(start);
  for (let i = first; i < intervals.length; ) {
    const interval = intervals[i] as GpuInterval;
    const block = i % BLOCK_SIZE === 0 && i > first ? blocks[i / BLOCK_SIZE] : undefined;
    if (block !== undefined && block.last.to.at <= end && interval.to.at - start >= UTILIZATION_LAG_MS) {
      addBlock(sum, block);
      i += BLOCK_SIZE;
      continue;
    }
    i += 1;
    const late = interval.to.at - end;
    if (late <= 0) {
      addInterval(sum, interval, end);
      continue;
    }
    const { samples } = sum;
    addInterval(sum, late > UTILIZATION_LAG_MS ? lateInterval(interval, late) : interval, end);
    if (late > EDGE_MS) sum.samples = samples;
    break;
  }
  const attributes = accumulatedAttributes(sum, begin.to.reading.device, end);
  if (attributes === undefined) return undefined;
  const { since = Number.POSITIVE_INFINITY } = begin;
  // Readings began after the start.
  if (first === 0 && since > start) {
    delete attributes['snakepit.gpu.energy.joules'];
    delete attributes['snakepit.gpu.memory.delta_mb'];
  }
  const until = (sum.last as GpuInterval).to.at;
  if (isShared(processes, begin.to.at, until, isOwn)) attributes['snakepit.gpu.shared'] = true;
  return attributes;
}

/** Returns true if a reading between two times lists other processes. */
function isShared(
  lists: readonly ProcessList[],
  from: number,
  until: number,
  isOwn: (pid: number) => boolean,
): boolean {
  for (let i = listAt(lists, from); i < lists.length && (lists[i] as ProcessList).from <= until; i++)
    if (lists[i]?.pids?.some((pid) => !isOwn(pid)) === true) return true;
  return false;
}

/** Returns the interval without what its end does not show of the end of the span. */
function lateInterval({ since, meanWatts, to }: GpuInterval, late: number): GpuInterval {
  const { at, reading } = to;
  const memoryUsedMib = late > EDGE_MS ? undefined : reading.memoryUsedMib;
  return { since, meanWatts, to: { at, reading: { ...reading, gpuPercent: undefined, memoryUsedMib } } };
}
