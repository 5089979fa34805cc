import type { GpuReading } from './readings.js';
import type { GpuSample } from './source.js';

/** Readings of which 0 is a usual value. */
const KEYS = [
  'gpuPercent',
  'memoryControllerPercent',
  'encoderPercent',
  'decoderPercent',
  'graphicsClockMhz',
  'smClockMhz',
  'memoryClockMhz',
  'videoClockMhz',
] as const satisfies readonly (keyof GpuReading)[];

/**
 * Removes the zeros that NVIDIA's driver returns for every sensor of a GPU that it has no sensors for, as that of a Jetson board. The
 * clock shows it: that of a GPU that works is never 0.
 */
export function removeZeroSensors(sample: GpuSample): GpuSample {
  if (!sample.readings.some(hasNoSensors)) return sample;
  const readings = sample.readings.map((reading) =>
    hasNoSensors(reading) ? withoutZeros(reading) : reading,
  );
  return { ...sample, readings };
}

const hasNoSensors = ({ vendor, graphicsClockMhz, smClockMhz, celsius, watts }: GpuReading): boolean =>
  vendor === 'nvidia' && (graphicsClockMhz ?? smClockMhz) === 0 && !celsius && !watts;

const withoutZeros = (reading: GpuReading): GpuReading => ({
  ...reading,
  ...Object.fromEntries(KEYS.filter((key) => reading[key] === 0).map((key) => [key, undefined])),
});
