import { Deadline } from '../common/deadline.js';
import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import { type GpuSourceName, openSource, type SourceSettings } from './choose-source.js';
import { noGpuError } from './profiler-error.js';
import { type GpuSample, type GpuSource, GpuSourceError } from './source.js';

/** Reads a source that it opens when first needed: one read at a time, each within a time limit. */
export class SourceReader {
  /** Used until there is a source. */
  readonly #choice: GpuSourceName = 'auto';
  readonly #timeoutMs: number;
  readonly #settings: SourceSettings;
  #source: GpuSource | undefined;
  /** Goes on when the sample that began it is given up: drivers may take longer to wake up than a sample may. */
  #opening: Promise<GpuSource | undefined> | undefined;
  #isClosed = false;
  #intervalMs: number | undefined;
  /** Until when the source is at it, which may be longer than the time limit. Never reject. */
  #sampling: Promise<void> | undefined;
  #glancing: Promise<void> | undefined;

  constructor(choice: GpuSourceName | GpuSource, timeoutMs: number, settings: SourceSettings = {}) {
    if (typeof choice === 'string') this.#choice = choice;
    else this.#source = choice;
    this.#timeoutMs = timeoutMs;
    this.#settings = settings;
  }

  /** The name of the source, of the choice while none is open. */
  get name(): string {
    return this.#source?.name ?? this.#choice;
  }

  read(): Deadline<GpuSample> {
    return this.#limited(async (signal) => {
      const source = await this.#open(signal);
      await this.#glancing;
      signal.throwIfAborted();
      if (this.#sampling !== undefined) {
        throw new GpuSourceError('timeout', 'still busy with a sample that was given up');
      }
      const sample = source.sample(signal);
      this.#sampling = settled(sample).then(() => {
        this.#sampling = undefined;
      });
      return sample;
    });
  }

  /** A quick look, where the open source has such a thing and is not being read. */
  readFast(): Deadline<GpuSample> | undefined {
    const source = this.#source;
    if (source?.sampleFast === undefined || this.#sampling !== undefined || this.#glancing !== undefined)
      return;
    const { sampleFast: glance } = source;
    return this.#limited((signal) => {
      const sample = glance.call(source, signal);
      this.#glancing = settled(sample).then(() => {
        this.#glancing = undefined;
      });
      return sample;
    });
  }

  /** Passes on how often samples are to come, also to a source that is opened later. */
  setSamplingInterval(intervalMs: number | undefined): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    if (this.#source !== undefined) this.#pace(this.#source);
  }

  /** Waits for a read that was given up to end, and closes the source. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#opening, this.#sampling, this.#glancing, this.#source?.close()]);
  }

  #limited(work: (signal: AbortSignal) => Promise<GpuSample>): Deadline<GpuSample> {
    const late = () => new GpuSourceError('timeout', `no answer within ${this.#timeoutMs} ms`);
    return new Deadline(work, this.#timeoutMs, late);
  }

  /** Looks again in every sample until there is a source: drivers are also loaded later. */
  async #open(signal: AbortSignal): Promise<GpuSource> {
    if (this.#source !== undefined) return this.#source;
    this.#opening ??= this.#find().finally(() => {
      this.#opening = undefined;
    });
    const source = await this.#opening;
    signal.throwIfAborted();
    if (source === undefined) throw noGpuError();
    return source;
  }

  async #find(): Promise<GpuSource | undefined> {
    const source = await openSource(this.#choice, this.#settings);
    if (this.#isClosed) {
      await source?.close();
      return undefined;
    }
    this.#source = source;
    if (source !== undefined && this.#intervalMs !== undefined) this.#pace(source);
    return source;
  }

  #pace(source: GpuSource): void {
    try {
      source.setSamplingInterval?.(this.#intervalMs);
    } catch (error) {
      warnOnce(`GPU source ${source.name} did not take its pace: ${errorMessage(error)}`);
    }
  }
}

const settled = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => {},
    () => {},
  );
