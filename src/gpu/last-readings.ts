import type { GpuReading } from './reading.js';

interface Remembered {
  readonly reading: GpuReading;
  readonly until: number;
}

/** Series and readings are good for this many intervals. */
const INTERVALS = 3;

// One for both module copies of the package: the profiler may run in the one, the error be reported in the other.
const KEY = Symbol.for('opentelemetry-instrumentation-snakepit.gpu-readings.v1');
const holder = globalThis as { [KEY]?: Map<string, Remembered> };
holder[KEY] ??= new Map();
const remembered = holder[KEY];

/** The latest reading of a device (`cuda:0`) in this process; `undefined` where it is unknown or three intervals old. */
export function lastReading(device: string): GpuReading | undefined {
  const last = remembered.get(device);
  return last !== undefined && performance.now() <= last.until ? last.reading : undefined;
}

export function rememberReading(reading: GpuReading, intervalMs: number): void {
  remembered.set(reading.device, { reading, until: performance.now() + INTERVALS * intervalMs });
}

export function forgetReading(device: string): void {
  remembered.delete(device);
}
