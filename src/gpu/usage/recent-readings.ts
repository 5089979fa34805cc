import type { GpuReading } from '../readings.js';
import type { GpuInterval } from './usage-accumulator.js';

/** An interval that is kept for spans which are known only after their end. */
export interface RecentInterval extends GpuInterval {
  /** Processes that held memory of the device at its end; `undefined` if the driver lists none. */
  readonly pids: readonly number[] | undefined;
}

/** Intervals of the last minutes by device, oldest first. Plain data: all copies of this package in the process share it. */
export type RecentReadings = Map<string, RecentInterval[]>;

/** Time that intervals are kept, ms: as long as a span waits for its stop event. */
const RETENTION_MS = 900_000;
/** Intervals that are kept of a device. */
const MAX_INTERVALS = 4096;
/** Time up to which older intervals are joined if there are many, ms: spans may take hundreds of readings a second. */
const JOINED_MS = 1000;
/** Intervals that are dropped at a time. */
const CHUNK = 256;

/** Adds the interval of a new reading, and drops those that are too old. */
export function keepInterval(recent: RecentReadings, { since, meanWatts, to }: GpuInterval): void {
  const { device, processes } = to.reading;
  let kept = recent.get(device);
  if (kept === undefined) {
    kept = [];
    recent.set(device, kept);
  }
  const last = kept.at(-1);
  const pids = processes?.map(({ pid }) => pid);
  const next: RecentInterval = {
    since,
    meanWatts,
    to: { at: to.at, reading: usagePart(to.reading) },
    pids: isSame(pids, last?.pids) ? last?.pids : pids,
  };
  kept.push(next);
  const isFull = kept.length > MAX_INTERVALS;
  if (isFull) joinOlderHalf(kept);
  const oldest = kept[CHUNK];
  const isStillFull = isFull && kept.length > MAX_INTERVALS - CHUNK;
  if (isStillFull || (oldest !== undefined && oldest.to.at < to.at - RETENTION_MS)) kept.splice(0, CHUNK);
}

function joinOlderHalf(kept: RecentInterval[]): void {
  const joined: RecentInterval[] = [];
  for (const next of kept.slice(0, MAX_INTERVALS / 2)) {
    const last = joined.at(-1);
    if (last?.since !== undefined && next.since === last.to.at && next.to.at - last.since <= JOINED_MS)
      joined[joined.length - 1] = join(last, next, last.since);
    else joined.push(next);
  }
  kept.splice(0, MAX_INTERVALS / 2, ...joined);
}

/** Returns the index of the first interval that ends at `at` or later. */
export function firstFrom(kept: readonly RecentInterval[], at: number): number {
  let low = 0;
  let high = kept.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((kept[middle] as RecentInterval).to.at < at) low = middle + 1;
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

function join(first: RecentInterval, second: RecentInterval, since: number): RecentInterval {
  const { at, reading } = second.to;
  const [before, after] = [first.to.at - since, at - first.to.at];
  const meanWatts =
    first.meanWatts === undefined || second.meanWatts === undefined
      ? undefined
      : (first.meanWatts * before + second.meanWatts * after) / (before + after);
  const { memoryUsedMib: earlier } = first.to.reading;
  const { memoryUsedMib: later } = reading;
  const memoryUsedMib = earlier === undefined || later === undefined ? later : Math.max(earlier, later);
  return { since, meanWatts, to: { at, reading: { ...reading, memoryUsedMib } }, pids: second.pids };
}

const isSame = (one: readonly number[] | undefined, other: readonly number[] | undefined): boolean =>
  one === other ||
  (one !== undefined && one.length === other?.length && one.every((pid, index) => pid === other[index]));
