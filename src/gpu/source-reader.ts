import { Deadline } from '../common/deadline.js';
import { errorMessage } from '../common/error-message.js';
import { warnOnce } from '../common/warn-once.js';
import { type GpuSourceName, openBetterSource, openSource, type SourceSettings } from './choose-source.js';
import { noGpuError } from './profiler-error.js';
import { type GpuSample, type GpuSource, GpuSourceError } from './source.js';

/** Pause before a better source is searched for, ms. It doubles with each search that finds none. */
const INITIAL_SEARCH_PAUSE_MS = 1000;
const MAX_SEARCH_PAUSE_MS = 60_000;

/**
 * Opens a source when first needed and reads it: one read at a time, each within a time limit. With the choice `auto` it
 * moves to a better source when that becomes available, as when a driver is loaded late.
 */
export class SourceReader {
  /** Name of the source to open. */
  readonly #choice: GpuSourceName = 'auto';
  readonly #timeoutMs: number;
  readonly #settings: SourceSettings;
  #source: GpuSource | undefined;
  /** Continues when the sample that began it is aborted: drivers may take longer to wake up than a sample may. */
  #opening: Promise<GpuSource | undefined> | undefined;
  /** A better source than the open one, which replaces it at the next read. */
  #better: GpuSource | undefined;
  #searching: Promise<void> | undefined;
  #searchPauseMs = INITIAL_SEARCH_PAUSE_MS;
  #searchDueAt = Number.POSITIVE_INFINITY;
  #replaced: Promise<unknown> | undefined;
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
      this.#searchBetter(source);
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
    await Promise.all([
      this.#opening,
      this.#searching,
      this.#replaced,
      this.#sampling,
      this.#samplingFast,
      this.#source?.close(),
      this.#better?.close(),
    ]);
  }

  #withDeadline(work: (signal: AbortSignal) => Promise<GpuSample>): Deadline<GpuSample> {
    const timeoutError = () => new GpuSourceError('timeout', `no answer within ${this.#timeoutMs} ms`);
    return new Deadline(work, this.#timeoutMs, timeoutError);
  }

  /** Probes again at every sample until there is a source: drivers may be loaded later. */
  async #open(signal: AbortSignal): Promise<GpuSource> {
    if (this.#better !== undefined && this.#sampling === undefined && this.#samplingFast === undefined)
      this.#replace();
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
    this.#searchDueAt = performance.now() + this.#searchPauseMs;
    if (source !== undefined && this.#intervalMs !== undefined) this.#announceInterval(source);
    return source;
  }

  /** Searches in the background, with growing pauses. */
  #searchBetter({ name }: GpuSource): void {
    const isDue = performance.now() >= this.#searchDueAt;
    if (this.#choice !== 'auto' || !isDue || this.#searching !== undefined || this.#better !== undefined)
      return;
    this.#searching = openBetterSource(name, this.#settings)
      .then(async (source) => {
        this.#searchPauseMs = Math.min(2 * this.#searchPauseMs, MAX_SEARCH_PAUSE_MS);
        this.#searchDueAt = performance.now() + this.#searchPauseMs;
        if (this.#isClosed) await source?.close();
        else this.#better = source;
      })
      .catch((error: unknown) => warnOnce(`Searching for a better GPU source failed: ${errorMessage(error)}`))
      .finally(() => {
        this.#searching = undefined;
      });
  }

  /** Replaces the source by the better one. */
  #replace(): void {
    const old = this.#source;
    this.#source = this.#better;
    this.#better = undefined;
    this.#replaced = old?.close().catch((error: unknown) => {
      warnOnce(`Closing the GPU source ${old.name} failed: ${errorMessage(error)}`);
    });
    if (this.#source !== undefined && this.#intervalMs !== undefined) this.#announceInterval(this.#source);
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
