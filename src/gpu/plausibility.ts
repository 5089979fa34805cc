import {
  GPU_READINGS,
  type GpuNumericReadings,
  type GpuProcess,
  type GpuReading,
  NUMERIC_READINGS,
  PROCESS_UTILIZATION,
} from './readings.js';
import type { GpuFault, GpuSample } from './source.js';

type MutableReading = { -readonly [K in keyof GpuReading]: GpuReading[K] };

interface Limits {
  readonly key: keyof GpuNumericReadings;
  readonly min: number;
  readonly max: number;
  readonly isZeroAbsent: boolean;
}

const LIMITS: readonly Limits[] = NUMERIC_READINGS.map((key) => {
  const row = GPU_READINGS[key];
  const [min, max] = row.range;
  return { key, min, max, isZeroAbsent: 'isZeroAbsent' in row };
});
/** MiB by which rounding may make a part exceed its whole. */
const ROUNDING_MIB = 1;

/** Removes impossible values from a sample, and adds a fault for each. A value that a driver does not have is removed without one. */
export function removeImplausible(sample: GpuSample): GpuSample {
  const faults: GpuFault[] = [];
  let hasChanged = false;
  const readings = sample.readings.map((reading) => {
    const plausible = plausibleReading(reading, faults);
    hasChanged ||= plausible !== reading;
    return plausible;
  });
  if (!hasChanged) return sample;
  return { ...sample, readings, faults: faults.length === 0 ? sample.faults : [...sample.faults, ...faults] };
}

function plausibleReading(reading: GpuReading, faults: GpuFault[]): GpuReading {
  let result: MutableReading | undefined;
  const remove = (key: keyof GpuNumericReadings): void => {
    result ??= { ...reading };
    result[key] = undefined;
  };
  const report = (what: string): void => {
    const { device } = reading;
    faults.push({ reason: 'implausible', detail: `${device}: impossible value of ${what}`, device });
  };

  for (const { key, min, max, isZeroAbsent } of LIMITS) {
    const value = reading[key];
    if (value === undefined || (value >= min && value <= max && (value !== 0 || !isZeroAbsent))) continue;
    remove(key);
    if (value !== 0) report(GPU_READINGS[key].label);
  }

  const { memoryUsedMib: used = 0, memoryFreeMib: free = 0, memoryTotalMib: total } = result ?? reading;
  // A driver without a total has zeros for the rest as well.
  if (reading.memoryTotalMib === 0 && used === 0 && free === 0) {
    for (const key of MEMORY_KEYS) remove(key);
  } else if (total !== undefined && Math.max(used, free) > total + ROUNDING_MIB) {
    for (const key of MEMORY_KEYS) remove(key);
    report('memory: a part exceeds the total');
  }
  const processes = plausibleProcesses(result ?? reading);
  if (processes === undefined) return result ?? reading;
  report('memory or utilization of a process');
  return { ...(result ?? reading), processes };
}

const MEMORY_KEYS = ['memoryUsedMib', 'memoryFreeMib', 'memoryTotalMib', 'memoryReservedMib'] as const;
const [, MAX_MEMORY_MIB] = GPU_READINGS.memoryTotalMib.range;
const [, MAX_PERCENT] = GPU_READINGS.gpuPercent.range;

/** Returns the processes without impossible values; `undefined` if all are possible. */
function plausibleProcesses({ processes }: GpuReading): GpuReading['processes'] | undefined {
  if (processes === undefined || processes.every(isPossible)) return undefined;
  return processes.map(plausibleProcess);
}

function plausibleProcess(process: GpuProcess): GpuProcess {
  if (isPossible(process)) return process;
  const result: { -readonly [K in keyof GpuProcess]: GpuProcess[K] } = { ...process };
  if (!isWithin(result.usedMib, MAX_MEMORY_MIB)) result.usedMib = undefined;
  for (const key of PROCESS_UTILIZATION) if (!isWithin(result[key], MAX_PERCENT)) result[key] = undefined;
  return result;
}

function isPossible(process: GpuProcess): boolean {
  if (!isWithin(process.usedMib, MAX_MEMORY_MIB)) return false;
  for (const key of PROCESS_UTILIZATION) if (!isWithin(process[key], MAX_PERCENT)) return false;
  return true;
}

const isWithin = (value: number | undefined, max: number) =>
  value === undefined || (value >= 0 && value <= max);
