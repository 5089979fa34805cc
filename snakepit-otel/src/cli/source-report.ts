import type { GpuReading, GpuSample, GpuSource } from 'opentelemetry-instrumentation-snakepit';
import {
  completeSample,
  Deadline,
  errorMessage,
  GPU_READING_LABELS,
  isSource,
  type SourceProbe,
  singleLine,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { remedyFor } from './fault-remedies.js';

/** Key of a reading, such as `memoryUsedMib`. */
export type ReadingKey = typeof GPU_READING_LABELS extends ReadonlyMap<infer K, string> ? K : never;

/** A cause for missing readings, and what to do about it. */
export interface Problem {
  readonly cause: string;
  /** Absent if the cause names it. */
  readonly remedy?: string;
}

/** A GPU as a source reads it. Texts of the driver are printable and on one line. */
export interface DeviceReport {
  readonly device: string;
  readonly name?: string;
  readonly pciAddress?: string;
  readonly uuid?: string;
  readonly driverVersion?: string;
  readonly cudaVersion?: string;
  /** Readings that the driver reports. */
  readonly reported: readonly ReadingKey[];
  readonly notReported: readonly ReadingKey[];
  /** What to do if the driver reports nothing of the GPU itself. */
  readonly remedy?: string;
}

/** What a source reads on this host. */
export interface SourceReport {
  readonly name: string;
  readonly available: boolean;
  /** Duration of a sample, ms; absent if none succeeded. */
  readonly durationMs?: number;
  readonly devices: readonly DeviceReport[];
  /** Why the source is not available, or could not be read at all. */
  readonly failure?: Problem;
  /** Parts that could not be read. */
  readonly faults: readonly Problem[];
}

/** Integrated GPUs of Jetson boards, by the names that their driver reports. */
const TEGRA = /\b(?:nvgpu|Tegra|Orin|Xavier)\b/i;
const TEGRA_REMEDY =
  'this is a Tegra, of which its driver reports little: the source tegra reads its files, for which a container needs /sys of the host';
const DRIVER_REMEDY = 'update the driver: it reports nothing of this GPU';
const MAX_TEXT = 1024;
/** Of an integrated GPU, they are the machine's. */
const MEMORY_KEYS: readonly ReadingKey[] = [
  'memoryUsedMib',
  'memoryTotalMib',
  'memoryFreeMib',
  'memoryReservedMib',
  'unifiedMemory',
];

/** Takes a sample with a source that is available, and closes it. */
export async function examine(
  { name, result: source }: SourceProbe,
  timeoutMs: number,
): Promise<SourceReport> {
  const nothing = { name, devices: [], faults: [] };
  if (!isSource(source)) {
    const failure = {
      cause: singleLine(source.reason, MAX_TEXT),
      remedy: singleLine(source.remedy, MAX_TEXT),
    };
    return { ...nothing, available: false, failure };
  }
  const startedAt = performance.now();
  try {
    const { readings, faults } = completeSample(await sampleOnce(source, timeoutMs));
    return {
      name,
      available: true,
      durationMs: Math.round(performance.now() - startedAt),
      devices: readings.map(deviceReport),
      faults: faults.map(({ detail }) => problemOf(detail)),
    };
  } catch (error) {
    return { ...nothing, available: true, failure: problemOf(errorMessage(error)) };
  } finally {
    await source.close();
  }
}

/** Returns true if a source reads a GPU: its driver reports more than an identity. */
export const readsGpu = ({ devices }: SourceReport): boolean =>
  devices.some(({ remedy }) => remedy === undefined);

function sampleOnce(source: GpuSource, timeoutMs: number): Promise<GpuSample> {
  const timeoutError = () => new Error(`no answer within ${timeoutMs} ms`);
  return new Deadline((signal) => source.sample(signal), timeoutMs, timeoutError).result;
}

function problemOf(detail: string): Problem {
  const remedy = remedyFor(detail);
  const cause = singleLine(detail, MAX_TEXT);
  return remedy === undefined ? { cause } : { cause, remedy };
}

function deviceReport(reading: GpuReading): DeviceReport {
  const { device, name, pciAddress, uuid, driverVersion, cudaVersion } = reading;
  const keys = [...GPU_READING_LABELS.keys()];
  const reported = keys.filter((key) => reading[key] !== undefined);
  const texts = Object.entries({ name, pciAddress, uuid, driverVersion, cudaVersion }).flatMap(
    ([key, text]) => (text ? [[key, singleLine(text)]] : []),
  );
  return {
    device: singleLine(device),
    ...Object.fromEntries(texts),
    reported,
    notReported: keys.filter((key) => reading[key] === undefined),
    ...(isReported(reading) ? {} : { remedy: TEGRA.test(name ?? '') ? TEGRA_REMEDY : DRIVER_REMEDY }),
  };
}

/** Returns true if a driver reports anything but the identity of a device. The memory of the machine is not of the driver. */
const isReported = (reading: GpuReading): boolean =>
  [...GPU_READING_LABELS.keys()].some((key) => {
    const value = reading[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return false;
    return !(reading.unifiedMemory === 1 && reading.vendor === 'nvidia' && MEMORY_KEYS.includes(key));
  });
