import { Deadline } from '../common/deadline.js';
import { TurnBudget } from '../common/turn-budget.js';
import { DeviceTracker } from './device-tracker.js';
import { FaultReporter } from './fault-reporter.js';
import { MetadataCache } from './metadata-cache.js';
import { AllocationTracker } from './pods/allocation-tracker.js';
import type { PodAttribution } from './pods/pod-attribution.js';
import { publishReading, publishXids } from './publish.js';
import type { GpuReading } from './readings.js';
import type { GpuFault, GpuSample } from './source.js';
import { gpuUsageTracker } from './usage/gpu-usage-tracker.js';

/** Time for which a sample waits for the names of pods, ms. They are due every ten seconds, and take a few ms. */
const MAX_WAIT_MS = 1000;

/** Publishes the events of a sample: devices found and lost, readings, critical errors and faults. */
export class SamplePublisher {
  readonly #devices = new DeviceTracker();
  readonly #allocations = new AllocationTracker();
  readonly #faults = new FaultReporter();
  readonly #metadata = new MetadataCache();
  readonly #pods: PodAttribution;
  #wait: Deadline<unknown> | undefined;
  #isAwaited = false;
  #isClosing = false;

  /** @param pods adds the pods that hold the devices */
  constructor(pods: PodAttribution) {
    this.#pods = pods;
  }

  /** Number of devices in the last sample. */
  get deviceCount(): number {
    return this.#devices.devices.length;
  }

  /**
   * Publishes a sample and records its readings on open spans. Yields to the event loop between devices. Returns the readings.
   *
   * @param source name of the source
   * @param intervalMs time between samples, ms
   * @param turn the turn of the event loop in which the sample was completed
   */
  async publish(
    sample: GpuSample,
    source: string,
    intervalMs: number,
    turn = new TurnBudget(),
  ): Promise<readonly GpuReading[]> {
    const { faults, lostDeviceXids = [], isPartial = false } = sample;
    const identified = this.#devices.identify(sample.readings);
    // By name: devices behind a lost one move up, so the last name is no device's any more.
    const names = new Set(identified.map(({ device }) => device));
    if (!isPartial) {
      for (const { device } of this.#devices.devices)
        if (!names.has(device)) gpuUsageTracker().forget(device);
    }
    recordUsage(sample);
    const refresh = this.#isClosing ? undefined : this.#pods.refresh(identified);
    if (refresh !== undefined) await this.#waitFor(refresh);
    const readings = this.#pods.attribute(identified);
    this.#devices.update(readings, intervalMs, isPartial);
    this.#allocations.update(readings, intervalMs, isPartial);
    for (const reading of readings) {
      // Hosts may have a hundred devices, and slow handlers.
      if (turn.isSpent && !this.#isClosing) await turn.next();
      publishReading(reading, this.#metadata.of(reading, intervalMs), intervalMs);
    }
    for (const { device, xids } of lostDeviceXids) publishXids(device, xids, intervalMs);
    this.#faults.report(source, faults, intervalMs);
    this.#isAwaited = false;
    return readings;
  }

  /**
   * Reports that a whole sample failed: once for as long as that lasts.
   *
   * @param source name of the source
   * @param intervalMs time between samples, ms
   */
  fail(fault: GpuFault, source: string, intervalMs: number): void {
    this.#isAwaited = false;
    this.#faults.report(source, [fault], intervalMs);
  }

  /** Keeps the process alive while the current sample waits for the names of pods: somebody waits for the sample. */
  ref(): void {
    this.#isAwaited = true;
    this.#wait?.ref();
  }

  /** Publishes the rest of a sample without yielding. */
  close(): void {
    this.#isClosing = true;
    this.#pods.close();
    this.#wait?.abort(new Error('closed'));
  }

  async #waitFor(pods: Promise<unknown>): Promise<void> {
    this.#wait = new Deadline(
      () => pods,
      MAX_WAIT_MS,
      () => new Error('pods are not known yet'),
    );
    if (this.#isAwaited) this.#wait.ref();
    await this.#wait.result.catch(() => {});
    this.#wait = undefined;
  }
}

/** Records the readings of a sample on open spans. */
export const recordUsage = ({ readings, at = performance.now() }: GpuSample): void =>
  gpuUsageTracker().record(readings, at);
