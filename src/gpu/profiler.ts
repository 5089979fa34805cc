import type { Deadline } from '../common/deadline.js';
import { errorMessage } from '../common/error-message.js';
import { TurnBudget } from '../common/turn-budget.js';
import { warnOnce } from '../common/warn-once.js';
import { withTimeout } from '../common/with-timeout.js';
import { completeSample } from './complete-sample.js';
import { PodAttribution } from './pods/pod-attribution.js';
import { GpuProfilerError, isGpuProfilerError, noGpuError, shutdownError } from './profiler-error.js';
import { checkInterval, type GpuProfilerOptions, NO_KUBELET, resolveOptions } from './profiler-options.js';
import type { GpuReading } from './readings.js';
import { recordUsage, SamplePublisher } from './sample-publisher.js';
import { type GpuSample, isGpuSourceError } from './source.js';
import { SourceReader } from './source-reader.js';
import { gpuUsageTracker } from './usage/gpu-usage-tracker.js';

/** Statistics of a {@link GPUProfiler} since it was created. */
export interface GpuProfilerStats {
  /** Number of samples that succeeded. */
  readonly sampleCount: number;
  /** Number of samples that failed. */
  readonly failedSamples: number;
  /** Time of the last successful sample, ms since the epoch; `undefined` before the first. */
  readonly lastSampleTime: number | undefined;
  /** Number of devices in the last successful sample. */
  readonly deviceCount: number;
  /** Time between samples, ms. */
  readonly intervalMs: number;
  /** True while samples are taken in the interval. */
  readonly enabled: boolean;
}

interface Sampling {
  readonly read: Deadline<GpuSample>;
  readonly readings: Promise<readonly GpuReading[]>;
}

/** Time limit of shutting down, ms. */
const SHUTDOWN_MS = 2000;

/**
 * Samples every GPU of this host in an interval and publishes the readings as `snakepit.gpu.*` events. Samples never
 * overlap. Sampling keeps the process alive only while a caller waits for `sampleNow()`.
 */
export class GPUProfiler implements AsyncDisposable {
  readonly #reader: SourceReader;
  readonly #publisher: SamplePublisher;
  readonly #detach: () => void;
  #intervalMs: number;
  #timer: NodeJS.Timeout | undefined;
  #sampling: Sampling | undefined;
  #samplingFast: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #sampleCount = 0;
  #failedSamples = 0;
  #lastSampleTime: number | undefined;

  /**
   * @param options see {@link GpuProfilerOptions}
   * @throws ConfigurationError for an invalid option or environment variable
   */
  constructor(options: GpuProfilerOptions = {}) {
    const { source, timeoutMs, intervalMs, enabled, nvmlLibrary, nvidiaSmi, kubeletSocket } =
      resolveOptions(options);
    this.#reader = new SourceReader(source, timeoutMs, { nvmlLibrary, nvidiaSmi, timeoutMs });
    this.#publisher = new SamplePublisher(
      new PodAttribution(kubeletSocket === NO_KUBELET ? undefined : kubeletSocket),
    );
    this.#intervalMs = intervalMs;
    this.#detach = gpuUsageTracker().attach(() => this.#sampleFast());
    if (enabled) this.enable();
  }

  /**
   * Takes a sample now, even while disabled, or joins the one in flight: all callers receive the same readings.
   *
   * @throws GpuProfilerError (as a rejection) with the code `SNAKEPIT_NO_GPU` if there is no source or no device,
   * `SNAKEPIT_SAMPLE_FAILED` if nothing could be read (see `cause`), `SNAKEPIT_SHUTDOWN` if the profiler is or gets shut
   * down
   */
  async sampleNow(): Promise<readonly GpuReading[]> {
    if (this.#closing !== undefined) throw shutdownError();
    const { read, readings } = this.#sample();
    read.ref();
    this.#publisher.ref();
    const devices = await readings;
    if (devices.length === 0) throw noGpuError();
    return devices;
  }

  /** Returns the statistics at this moment. */
  getStats(): GpuProfilerStats {
    return {
      sampleCount: this.#sampleCount,
      failedSamples: this.#failedSamples,
      lastSampleTime: this.#lastSampleTime,
      deviceCount: this.#publisher.deviceCount,
      intervalMs: this.#intervalMs,
      enabled: this.#timer !== undefined,
    };
  }

  /** Samples at once and then in the interval. Does nothing if enabled already, or after `shutdown()`. */
  enable(): void {
    if (this.#timer !== undefined || this.#closing !== undefined) return;
    this.#schedule();
    this.#tick();
  }

  /** Stops sampling. A sample in flight is completed. */
  disable(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#reader.setSamplingInterval(undefined);
  }

  /**
   * Changes the time between samples. The next sample is taken that long from now.
   *
   * @param intervalMs ms, at least 100
   * @throws ConfigurationError for an invalid interval
   */
  setInterval(intervalMs: number): void {
    this.#intervalMs = checkInterval(intervalMs);
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#schedule();
  }

  /**
   * Stops sampling permanently, within two seconds, and kills the programs that a sample has started. Further calls return the
   * same promise. Never rejects.
   */
  shutdown(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Calls `shutdown()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  #schedule(): void {
    this.#timer = setInterval(() => this.#tick(), this.#intervalMs).unref();
    this.#reader.setSamplingInterval(this.#intervalMs);
  }

  #tick(): void {
    // A failure was reported before this rejection, and nobody waits for it.
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

  /** Records a fast sample for the usage of spans, or joins the read in flight. Publishes nothing. */
  #sampleFast(): Promise<void> | undefined {
    if (this.#sampling !== undefined) return this.#sampling.readings.then(noop, noop);
    this.#samplingFast ??= this.#reader
      .readFast()
      ?.result.then((sample) => recordUsage(completeSample(sample)))
      .catch(noop)
      .finally(() => {
        this.#samplingFast = undefined;
      });
    return this.#samplingFast;
  }

  async #succeed(sample: GpuSample): Promise<readonly GpuReading[]> {
    const turn = new TurnBudget();
    const complete = completeSample(sample);
    this.#sampleCount += 1;
    this.#lastSampleTime = Date.now();
    return this.#publisher.publish(complete, this.#reader.name, this.#intervalMs, turn);
  }

  #fail(error: unknown): never {
    // A host without a GPU and a shutdown are no failures.
    if (isGpuProfilerError(error)) throw error;
    this.#failedSamples += 1;
    const detail = errorMessage(error);
    const reason = isGpuSourceError(error) ? error.reason : 'failed';
    this.#publisher.fail({ reason, detail }, this.#reader.name, this.#intervalMs);
    const message = `GPU source ${this.#reader.name}: ${detail}`;
    throw new GpuProfilerError('SNAKEPIT_SAMPLE_FAILED', message, { cause: error });
  }

  async #close(): Promise<void> {
    this.disable();
    this.#detach();
    this.#publisher.close();
    gpuUsageTracker().flush();
    this.#sampling?.read.abort(shutdownError());
    const closed = this.#reader.close().then(noop, errorMessage);
    const problem = await withTimeout(SHUTDOWN_MS, closed, `not closed within ${SHUTDOWN_MS} ms`);
    if (problem !== undefined) warnOnce(`Closing the GPU source ${this.#reader.name} failed: ${problem}`);
    // Completes a sample that is being published.
    await this.#sampling?.readings.catch(noop);
  }
}

const noop = () => undefined;
