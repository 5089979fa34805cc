import { setImmediate as nextTurn } from 'node:timers/promises';
import { reportProblem } from '../bus/diagnostics.js';
import { DeviceTracker } from './device-tracker.js';
import { publishReading, publishXids } from './publish.js';
import type { GpuFault, GpuSample } from './source.js';
import { gpuUsageTracker } from './usage/gpu-usage-tracker.js';

/** Time for which publishing may block the event loop, ms; exceeded only by a single device. */
const MAX_BLOCKING_MS = 0.25;

/** Publishes the events of a sample: devices found and lost, readings, critical errors and faults. */
export class SamplePublisher {
  readonly #devices = new DeviceTracker();
  #isClosing = false;

  /** Number of devices in the last sample. */
  get deviceCount(): number {
    return this.#devices.devices.length;
  }

  /**
   * Publishes a sample and records its readings on open spans. Yields to the event loop between devices.
   *
   * @param source name of the source
   * @param intervalMs time between samples, ms
   */
  async publish(sample: GpuSample, source: string, intervalMs: number): Promise<void> {
    const { readings, faults, lostDeviceXids = [] } = sample;
    // By name: devices behind a lost one move up, so the last name is no device's any more.
    const names = new Set(readings.map(({ device }) => device));
    for (const { device } of this.#devices.devices) if (!names.has(device)) gpuUsageTracker().forget(device);
    recordUsage(sample);
    this.#devices.update(readings, intervalMs);
    let turnStartedAt = performance.now();
    for (const reading of readings) {
      // Hosts may have a hundred devices, and slow handlers.
      if (!this.#isClosing && performance.now() - turnStartedAt > MAX_BLOCKING_MS) {
        await nextTurn();
        turnStartedAt = performance.now();
      }
      publishReading(reading, intervalMs);
    }
    for (const { device, xids } of lostDeviceXids) publishXids(device, xids, intervalMs);
    for (const fault of faults) reportFault(source, fault);
  }

  /** Publishes the rest of a sample without yielding. */
  close(): void {
    this.#isClosing = true;
  }
}

/** Records the readings of a sample on open spans. */
export const recordUsage = ({ readings, at = performance.now() }: GpuSample): void =>
  gpuUsageTracker().record(readings, at);

/**
 * Counts and logs a fault of a source.
 *
 * @param source name of the source
 */
export function reportFault(source: string, { reason, detail, device }: GpuFault): void {
  const metadata = device === undefined ? { source, reason } : { source, reason, device };
  reportProblem('snakepit.gpu.sample.failed', metadata, `GPU source ${source}: ${reason}: ${detail}`);
}
