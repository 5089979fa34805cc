import type { Attributes } from '../../catalog/attributes.js';
import { firstFrom, type RecentInterval } from './recent-readings.js';
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
 * @param kept intervals of the device
 * @param start ms of `performance.now()`
 * @param end ms of `performance.now()`
 * @param isOwn returns true for processes whose usage it is; all others share the device
 */
export function usageBetween(
  kept: readonly RecentInterval[],
  start: number,
  end: number,
  isOwn: (pid: number) => boolean,
): Attributes | undefined {
  const first = firstFrom(kept, start);
  const device = kept[first]?.to.reading.device;
  if (device === undefined) return undefined;
  const sum = createAccumulator(start);
  let isShared = false;
  let checked: readonly number[] | undefined;
  for (let i = first; i < kept.length; i++) {
    const interval = kept[i] as RecentInterval;
    if (!isShared && interval.pids !== checked) isShared = interval.pids?.some((pid) => !isOwn(pid)) === true;
    checked = interval.pids;
    const late = interval.to.at - end;
    if (late <= 0) {
      addInterval(sum, interval, end);
      continue;
    }
    addInterval(sum, late > UTILIZATION_LAG_MS ? lateInterval(interval, late) : interval, end);
    if (late > EDGE_MS) sum.samples -= 1;
    break;
  }
  const attributes = accumulatedAttributes(sum, device, end);
  if (attributes === undefined) return undefined;
  const { since = Number.POSITIVE_INFINITY } = kept[first] as RecentInterval;
  // Readings began after the start.
  if (first === 0 && since > start) {
    delete attributes['snakepit.gpu.energy.joules'];
    delete attributes['snakepit.gpu.memory.delta_mb'];
  }
  if (isShared) attributes['snakepit.gpu.shared'] = true;
  return attributes;
}

/** Returns the interval without what its end does not show of the end of the span. */
function lateInterval({ since, meanWatts, to }: RecentInterval, late: number): GpuInterval {
  const { at, reading } = to;
  const memoryUsedMib = late > EDGE_MS ? undefined : reading.memoryUsedMib;
  return { since, meanWatts, to: { at, reading: { ...reading, gpuPercent: undefined, memoryUsedMib } } };
}
