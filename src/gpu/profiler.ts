import { setImmediate as nextTurn } from 'node:timers/promises';
import { reportProblem } from '../bus/diagnostics.js';
import { Deadline } from '../common/deadline.js';
import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import { DeviceTracker } from './device-tracker.js';
import { GPUProfilerError, noGpuError } from './profiler-error.js';
import { checkInterval, type GPUProfilerOptions, resolveOptions } from './profiler-options.js';
import { publishReading, publishXids } from './publish.js';
import type { GpuReading } from './readings.js';
import { type GpuFault, type GpuSample, GpuSourceError } from './source.js';
import { SourceReader } from './source-reader.js';
import { gpuUsageTracker } from './usage/gpu-usage-tracker.js';

export interface GPUProfilerStats {
  /** Samples that succeeded; a failed read is not among them. */
  readonly sampleCount: number;
  readonly failedSamples: number;
  /** When the last successful sample was taken, ms since the epoch; `undefined` before the first. */
  readonly lastSampleTime: number | undefined;
  /** Devices in the last successful sample. */
  readonly deviceCount: number;
  readonly intervalMs: number;
  readonly enabled: boolean;
}

interface Sampling {
  readonly read: Deadline<GpuSample>;
  readonly readings: Promise<readonly GpuReading[]>;
}

/** How long publishing may keep the event loop from its other work, ms; no shorter than one device takes. */
const TURN_MS = 0.25;
/** How long shutting down may take, ms. */
const SHUTDOWN_MS = 2000;

/**
 * Samples every GPU of this host in an interval and publishes what it reads as `snakepit.gpu.*` events. A sample never
 * overlaps the one before, and nothing of it keeps the process alive unless somebody waits for `sampleNow()`.
 */
export class GPUProfiler implements AsyncDisposable {
  readonly #reader: SourceReader;
  readonly #presence = new DeviceTracker();
  #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sampling: Sampling | undefined;
  #glancing: Promise<void> | undefined;
  readonly #detach: () => void;
  #closing: Promise<void> | undefined;
  #sampleCount = 0;
  #failedSamples = 0;
  #lastSampleTime: number | undefined;

  /** @throws ConfigurationError for an option or variable that cannot be used */
  constructor(options: GPUProfilerOptions = {}) {
    const { source, timeoutMs, intervalMs, enabled, nvmlLibrary } = resolveOptions(options);
    this.#reader = new SourceReader(source, timeoutMs, { nvmlLibrary });
    this.#intervalMs = intervalMs;
    this.#detach = gpuUsageTracker().attach({ sampleFast: () => this.#glance() });
    if (enabled) this.enable();
  }

  /**
   * Takes a sample now, also while disabled, or joins the one in flight: all callers get the same answer.
   *
   * @throws GPUProfilerError (as a rejection) `no_gpu` where there is no source or no device, `sample_failed` when
   * nothing could be read (`cause` says why), `shutdown` when the profiler is or gets shut down
   */
  async sampleNow(): Promise<readonly GpuReading[]> {
    if (this.#closing !== undefined) throw shutdownError();
    const { read, readings } = this.#sample();
    read.ref();
    const devices = await readings;
    if (devices.length === 0) throw noGpuError();
    return devices;
  }

  getStats(): GPUProfilerStats {
    return {
      sampleCount: this.#sampleCount,
      failedSamples: this.#failedSamples,
      lastSampleTime: this.#lastSampleTime,
      deviceCount: this.#presence.devices.length,
      intervalMs: this.#intervalMs,
      enabled: this.#timer !== undefined,
    };
  }

  /** Samples at once and then in the interval. Does nothing when enabled already or shut down. */
  enable(): void {
    if (this.#timer !== undefined || this.#closing !== undefined) return;
    this.#schedule();
    this.#tick();
  }

  /** Stops sampling; a sample in flight is finished. */
  disable(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#reader.setSamplingInterval(undefined);
  }

  /**
   * Changes the time between samples; the next one comes that long from now.
   *
   * @param intervalMs ms, at least 100
   * @throws ConfigurationError
   */
  setInterval(intervalMs: number): void {
    this.#intervalMs = checkInterval(intervalMs);
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#schedule();
  }

  /** Ends sampling for good, within two seconds; what a sample has started is killed. May be called again. */
  shutdown(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #schedule(): void {
    this.#timer = setInterval(() => this.#tick(), this.#intervalMs).unref();
    this.#reader.setSamplingInterval(this.#intervalMs);
  }

  #tick(): void {
    // What fails has been reported by then, and nobody waits for it.
    this.#sample().readings.catch(() => {});
  }

  #sample(): Sampling {
    if (this.#sampling === undefined) {
      const read = this.#reader.read();
      const readings = read.result
        .then(
          (sample) => this.#succeed(sample),
          (error: unknown) => this.#fail(error),
        )
        .finally(() => {
          this.#sampling = undefined;
        });
      this.#sampling = { read, readings };
    }
    return this.#sampling;
  }

  /** For the costs of spans alone: nothing is published. Joins what is being read. */
  #glance(): Promise<void> | undefined {
    if (this.#sampling !== undefined) return this.#sampling.readings.then(noop, noop);
    const glance = this.#glancing === undefined ? this.#reader.readFast() : undefined;
    this.#glancing ??= glance?.result
      .then(recordUsage)
      .catch(noop)
      .finally(() => {
        this.#glancing = undefined;
      });
    return this.#glancing;
  }

  async #succeed(sample: GpuSample): Promise<readonly GpuReading[]> {
    const { readings, faults, lostDeviceXids: lastXids = [] } = sample;
    this.#sampleCount += 1;
    this.#lastSampleTime = Date.now();
    // By name: those behind a device that is lost move up, and leave their last names to nobody.
    const names = new Set(readings.map(({ device }) => device));
    for (const { device } of this.#presence.devices) if (!names.has(device)) gpuUsageTracker().forget(device);
    recordUsage(sample);
    this.#presence.update(readings, this.#intervalMs);
    let begun = performance.now();
    for (const reading of readings) {
      // Hosts may have a hundred devices, and handlers that take their time; who shuts down waits for no turns.
      if (this.#closing === undefined && performance.now() - begun > TURN_MS) {
        await nextTurn();
        begun = performance.now();
      }
      publishReading(reading, this.#intervalMs);
    }
    for (const { device, xids } of lastXids) publishXids(device, xids, this.#intervalMs);
    for (const fault of faults) this.#report(fault);
    return readings;
  }

  #fail(error: unknown): never {
    // No GPU is a fact and shutting down a wish; neither is a failure.
    if (error instanceof GPUProfilerError) throw error;
    this.#failedSamples += 1;
    const detail = errorMessage(error);
    this.#report({ reason: error instanceof GpuSourceError ? error.code : 'failed', detail });
    throw new GPUProfilerError('sample_failed', `GPU source ${this.#reader.name}: ${detail}`, {
      cause: error,
    });
  }

  #report({ reason, detail, device }: GpuFault): void {
    const source = this.#reader.name;
    const metadata = device === undefined ? { source, reason } : { source, reason, device };
    reportProblem('snakepit.gpu.sample.failed', metadata, `GPU source ${source}: ${reason}: ${detail}`);
  }

  async #close(): Promise<void> {
    this.disable();
    this.#detach();
    gpuUsageTracker().flush();
    this.#sampling?.read.abort(shutdownError());
    const late = () => new Error(`not within ${SHUTDOWN_MS} ms`);
    const closed = new Deadline(() => this.#reader.close(), SHUTDOWN_MS, late).ref();
    await closed.result.catch((error) => warnOnce(`GPU source ${this.#reader.name} did not close: ${error}`));
    // What is being published is published.
    await this.#sampling?.readings.catch(noop);
  }
}

const noop = () => {};

const recordUsage = ({ readings, at = performance.now() }: GpuSample): void =>
  gpuUsageTracker().record(readings, at);

const shutdownError = () => new GPUProfilerError('shutdown', 'The GPU profiler was shut down.');
