import { removeImplausible } from './plausibility.js';
import type { GpuReading } from './readings.js';
import type { GpuSample } from './source.js';
import { addUnifiedMemory } from './unified-memory.js';
import { removeZeroSensors } from './zero-sensors.js';

/**
 * Returns what a sample of any source is worth: impossible values are removed, and memory that follows from the rest is
 * added.
 */
export const completeSample = (sample: GpuSample): GpuSample =>
  addFreeMemory(addUnifiedMemory(removeImplausible(removeZeroSensors(sample))));

function addFreeMemory(sample: GpuSample): GpuSample {
  if (!sample.readings.some(lacksFreeMemory)) return sample;
  const readings = sample.readings.map((reading) => {
    if (!lacksFreeMemory(reading)) return reading;
    const { memoryTotalMib = 0, memoryUsedMib = 0, memoryReservedMib = 0 } = reading;
    return { ...reading, memoryFreeMib: Math.max(0, memoryTotalMib - memoryUsedMib - memoryReservedMib) };
  });
  return { ...sample, readings };
}

const lacksFreeMemory = ({ memoryFreeMib, memoryUsedMib, memoryTotalMib }: GpuReading): boolean =>
  memoryFreeMib === undefined && memoryUsedMib !== undefined && memoryTotalMib !== undefined;
