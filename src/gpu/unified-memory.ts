import { freemem, totalmem } from 'node:os';
import { toMebibytes } from '../common/units.js';
import type { GpuReading } from './readings.js';
import type { GpuSample } from './source.js';

/** NVIDIA's integrated GPUs by their product names: DGX Spark, Jetson, DRIVE. Their driver has no amount of memory. */
const INTEGRATED = /\b(?:GB10|Thor|Orin|Xavier|Jetson|Tegra|nvgpu)\b/i;

/** Adds the machine's memory to the readings of integrated GPUs, whose driver reports none of their own. */
export function addUnifiedMemory(sample: GpuSample): GpuSample {
  if (!sample.readings.some(usesMachineMemory)) return sample;
  const total = toMebibytes(totalmem());
  // On Linux, Node returns what the kernel estimates as available.
  const free = toMebibytes(freemem());
  const used = total === undefined || free === undefined ? undefined : total - free;
  const readings = sample.readings.map((reading) =>
    usesMachineMemory(reading)
      ? {
          ...reading,
          memoryTotalMib: total,
          memoryFreeMib: free,
          memoryUsedMib: used,
          memoryReservedMib: undefined,
          unifiedMemory: 1,
          // The driver does not count accesses to it: 0 is no measurement.
          memoryControllerPercent: reading.memoryControllerPercent || undefined,
        }
      : reading,
  );
  return { ...sample, readings };
}

const usesMachineMemory = ({ memoryTotalMib, vendor, name }: GpuReading): boolean =>
  memoryTotalMib === undefined && vendor === 'nvidia' && name !== undefined && INTEGRATED.test(name);
