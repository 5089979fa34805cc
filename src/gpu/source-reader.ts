import { Deadline } from '../common/deadline.js';
import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import { type GpuSourceName, openSource, type SourceSettings } from './choose-source.js';
import { noGpuError } from './profiler-error.js';
import { type GpuSample, type GpuSource, GpuSourceError } from './source.js';

/** Opens a source when first needed and reads it: one read at a time, each within a time limit. */
export class SourceReader {
  /** Name of the source to open. */
  readonly #choice: GpuSourceName = 'auto';
  readonly #timeoutMs: number;
  readonly #settings: SourceSettings;
  #source: GpuSource | undefined;
  /** Continues when the sample that began it is aborted: drivers may take longer to wake up than a sample may. */
  #opening: Promise<GpuSource | undefined> | undefined;
  #isClosed = false;
  #intervalMs: number | undefined;
  /** Resolves when the source has finished, which may be after the time limit. Never rejects. */
  #sampling: Promise<void> | undefined;
  #samplingFast: Promise<void> | undefined;

  constructor(choice: GpuSourceName | GpuSource, timeoutMs: number, settings: SourceSettings = {}) {
    if (typeof choice === 'string') this.#choice = choice;
    else this.#source = choice;
    this.#timeoutMs = timeoutMs;
    this.#settings = settings;
  }

  /** Name of the open source, else of the choice. */
  get name(): string {
    return this.#source?.name ?? this.#choice;
  }

  read(): Deadline<GpuSample> {
    return this.#withDeadline(async (signal) => {
      const source = await this.#open(signal);
      await this.#samplingFast;
      signal.throwIfAborted();
      if (this.#sampling !== undefined) {
        throw new GpuSourceError('timeout', 'the previous sample has passed its time limit and still runs');
      }
      const sample = source.sample(signal);
      this.#sampling = settled(sample).then(() => {
        this.#sampling = undefined;
      });
      return sample;
    });
  }

  /** Takes a fast sample if the source is open, supports it and is idle. */
  readFast(): Deadline<GpuSample> | undefined {
    const source = this.#source;
    if (source?.sampleFast === undefined || this.#sampling !== undefined || this.#samplingFast !== undefined)
      return undefined;
    const { sampleFast } = source;
    return this.#withDeadline((signal) => {
      const sample = sampleFast.call(source, signal);
      this.#samplingFast = settled(sample).then(() => {
        this.#samplingFast = undefined;
      });
      return sample;
    });
  }

  /** Passes the interval on to the source, also to one that is opened later. */
  setSamplingInterval(intervalMs: number | undefined): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    if (this.#source !== undefined) this.#announceInterval(this.#source);
  }

  /** Closes the source and waits for reads that have passed their time limit. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#opening, this.#sampling, this.#samplingFast, this.#source?.close()]);
  }

  #withDeadline(work: (signal: AbortSignal) => Promise<GpuSample>): Deadline<GpuSample> {
    const timeoutError = () => new GpuSourceError('timeout', `no answer within ${this.#timeoutMs} ms`);
    return new Deadline(work, this.#timeoutMs, timeoutError);
  }

  /** Probes again at every sample until there is a source: drivers may be loaded later. */
  async #open(signal: AbortSignal): Promise<GpuSource> {
    if (this.#source !== undefined) return this.#source;
    this.#opening ??= this.#probe().finally(() => {
      this.#opening = undefined;
    });
    const source = await this.#opening;
    signal.throwIfAborted();
    if (source === undefined) throw noGpuError();
    return source;
  }

  async #probe(): Promise<GpuSource | undefined> {
    const source = await openSource(this.#choice, this.#settings);
    if (this.#isClosed) {
      await source?.close();
      return undefined;
    }
    this.#source = source;
    if (source !== undefined && this.#intervalMs !== undefined) this.#announceInterval(source);
    return source;
  }

  #announceInterval(source: GpuSource): void {
    try {
      source.setSamplingInterval?.(this.#intervalMs);
    } catch (error) {
      warnOnce(`GPU source ${source.name} rejected the sampling interval: ${errorMessage(error)}`);
    }
  }
}

const settled = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => {},
    () => {},
  );
