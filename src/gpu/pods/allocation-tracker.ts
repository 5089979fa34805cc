import { execute } from '../../bus/bus.js';
import { ALLOCATION_ENDED } from '../../catalog/gpu-pods.js';
import { deviceKey, identityMetadata } from '../identity.js';
import type { GpuProcess, GpuReading } from '../readings.js';
import { processMetadata } from './process-metadata.js';

/** Announces the pods that do not hold a device any more, so that the series under their names end at once. */
export class AllocationTracker {
  /** Newest readings of the devices, and their processes, which not every sample has. */
  #devices: ReadonlyMap<string, GpuReading> = new Map();

  /**
   * Compares the readings of a sample with those before it. Must precede their publication.
   *
   * @param intervalMs time between samples, ms
   * @param isPartial true if devices may be missing
   */
  update(readings: readonly GpuReading[], intervalMs: number, isPartial: boolean): void {
    const before = this.#devices;
    const devices = new Map<string, GpuReading>(isPartial ? before : []);
    for (const reading of readings) {
      const key = deviceKey(reading);
      const previous = before.get(key);
      const { processes = previous?.processes } = reading;
      devices.set(key, processes === reading.processes ? reading : { ...reading, processes });
      if (previous === undefined) continue;
      if (previous.holders !== reading.holders) endHolders(previous, reading, intervalMs);
      if (previous.processes !== undefined && previous.processes !== processes)
        endProcesses(previous, previous.processes, processes ?? [], intervalMs);
    }
    this.#devices = devices;
  }
}

function endHolders(previous: GpuReading, reading: GpuReading, intervalMs: number): void {
  // The series of the device have the keys in which its holders agree, those of each pod have its own.
  const labels = (each: GpuReading) => [
    identityMetadata(each, intervalMs),
    ...(each.holders ?? []).map((holder) => identityMetadata({ ...each, holders: [holder] }, intervalMs)),
  ];
  const ended = new Map(labels(previous).map((metadata) => [JSON.stringify(metadata), metadata]));
  const kept = labels({ ...previous, holders: reading.holders });
  for (const metadata of kept) ended.delete(JSON.stringify(metadata));
  for (const metadata of ended.values()) execute(ALLOCATION_ENDED, {}, metadata);
}

function endProcesses(
  previous: GpuReading,
  before: readonly GpuProcess[],
  now: readonly GpuProcess[],
  intervalMs: number,
): void {
  const isUnchanged = (process: GpuProcess, i: number) => {
    const same = now[i];
    return same?.pid === process.pid && isSameContainer(process, same);
  };
  if (before.every(isUnchanged)) return;
  // The series of a process ends as well when its container becomes known.
  if (!before.some(isAttributed) && !now.some(isAttributed)) return;
  const current = new Map(now.map((each) => [each.pid, each]));
  for (const process of before) {
    const same = current.get(process.pid);
    if (same === undefined ? !isAttributed(process) : isSameContainer(process, same)) continue;
    execute(ALLOCATION_ENDED, {}, processMetadata(identityMetadata(previous, intervalMs, []), process));
  }
}

const isAttributed = ({ podUid, containerId }: GpuProcess): boolean =>
  podUid !== undefined || containerId !== undefined;

const isSameContainer = (one: GpuProcess, other: GpuProcess): boolean =>
  one.containerId === other.containerId &&
  one.podUid === other.podUid &&
  one.pod === other.pod &&
  one.namespace === other.namespace &&
  one.container === other.container;
