import type { GpuReading } from '../readings.js';
import { BLOCK_SIZE, type IntervalBlock, sumBlock } from './interval-blocks.js';
import { dropProcessesBefore, keepProcesses, type ProcessList } from './process-lists.js';
import type { GpuInterval } from './usage-accumulator.js';

/** Readings of one device of the last minutes, for spans which are known only after their end. */
export interface RecentDevice {
  /** Intervals, oldest first. */
  readonly intervals: GpuInterval[];
  /** Sums of each {@link BLOCK_SIZE} intervals, as far as they are complete. */
  readonly blocks: IntervalBlock[];
  /** Changes of the processes on the device, oldest first. */
  readonly processes: ProcessList[];
}

/** Readings of the last minutes by device. Plain data: all copies of this package in the process share it. */
export type RecentReadings = Map<string, RecentDevice>;

/** Time that intervals are kept, ms: as long as a span waits for its stop event. */
const RETENTION_MS = 900_000;
/** Intervals that are kept of a device. */
const MAX_INTERVALS = 4096;
/** Time up to which older intervals are joined if there are many, ms: spans may take hundreds of readings a second. */
const JOINED_MS = 1000;
/** Intervals that are dropped at a time: some blocks. */
const CHUNK = 8 * BLOCK_SIZE;

/** Adds the interval of a new reading, and drops those that are too old. */
export function keepInterval(recent: RecentReadings, { since, meanWatts, to }: GpuInterval): void {
  const { device, processes } = to.reading;
  let known = recent.get(device);
  if (known === undefined) {
    known = { intervals: [], blocks: [], processes: [] };
    recent.set(device, known);
  }
  const { intervals } = known;
  intervals.push({ since, meanWatts, to: { at: to.at, reading: usagePart(to.reading) } });
  keepProcesses(
    known.processes,
    to.at,
    processes?.map(({ pid }) => pid),
  );
  const isFull = intervals.length > MAX_INTERVALS;
  if (isFull) joinOlderHalf(known);
  else addBlocks(known);
  const oldest = intervals[CHUNK];
  const isStillFull = isFull && intervals.length > MAX_INTERVALS - CHUNK;
  if (isStillFull || (oldest !== undefined && oldest.to.at < to.at - RETENTION_MS)) dropOldest(known);
}

function dropOldest({ intervals, blocks, processes }: RecentDevice): void {
  intervals.splice(0, CHUNK);
  blocks.splice(0, CHUNK / BLOCK_SIZE);
  dropProcessesBefore(processes, intervals[0]?.to.at ?? 0);
}

function joinOlderHalf(device: RecentDevice): void {
  const { intervals, blocks } = device;
  const joined: GpuInterval[] = [];
  for (const next of intervals.slice(0, MAX_INTERVALS / 2)) {
    const last = joined.at(-1);
    if (last?.since !== undefined && next.since === last.to.at && next.to.at - last.since <= JOINED_MS)
      joined[joined.length - 1] = join(last, next, last.since);
    else joined.push(next);
  }
  intervals.splice(0, MAX_INTERVALS / 2, ...joined);
  blocks.length = 0;
  addBlocks(device);
}

/** Sums up the blocks that have become complete. */
function addBlocks({ intervals, blocks }: RecentDevice): void {
  while ((blocks.length + 1) * BLOCK_SIZE <= intervals.length)
    blocks.push(sumBlock(intervals, blocks.length * BLOCK_SIZE));
}

/** Returns the index of the first interval that ends at `at` or later. */
export function firstFrom(intervals: readonly GpuInterval[], at: number): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((intervals[middle] as GpuInterval).to.at < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns what the usage of spans is computed from: a reading has ten times as much. */
const usagePart = ({
  device,
  index,
  vendor,
  uuid,
  pciAddress,
  memoryUsedMib,
  gpuPercent,
  watts,
  energyJoules,
}: GpuReading): GpuReading => ({
  device,
  index,
  vendor,
  uuid,
  pciAddress,
  memoryUsedMib,
  gpuPercent,
  watts,
  energyJoules,
});

function join(first: GpuInterval, second: GpuInterval, since: number): GpuInterval {
  const { at, reading } = second.to;
  const [before, after] = [first.to.at - since, at - first.to.at];
  const meanWatts =
    first.meanWatts === undefined || second.meanWatts === undefined
      ? undefined
      : (first.meanWatts * before + second.meanWatts * after) / (before + after);
  const { memoryUsedMib: earlier } = first.to.reading;
  const { memoryUsedMib: later } = reading;
  const memoryUsedMib = earlier === undefined || later === undefined ? later : Math.max(earlier, later);
  return { since, meanWatts, to: { at, reading: { ...reading, memoryUsedMib } } };
}
