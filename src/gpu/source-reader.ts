import { sayOnce } from '../events/problems.js';
import { type GpuSourceName, openSource } from './choose-source.js';
import { Limited } from './limited.js';
import { noGpu } from './profiler-error.js';
import { type GpuSample, type GpuSource, GpuSourceError } from './source.js';

/** Reads a source that it opens when first needed: one read at a time, each within a time limit. */
export class SourceReader {
  readonly #choice: GpuSourceName | GpuSource;
  readonly #timeoutMs: number;
  #source: GpuSource | undefined;
  #intervalMs: number | undefined;
  /** The source's read, which may outlast its time limit. Never rejects. */
  #reading: Promise<unknown> | undefined;

  constructor(choice: GpuSourceName | GpuSource, timeoutMs: number) {
    this.#choice = choice;
    this.#timeoutMs = timeoutMs;
  }

  /** The name of the source, of the choice while none is open. */
  get name(): string {
    if (this.#source !== undefined) return this.#source.name;
    return typeof this.#choice === 'string' ? this.#choice : this.#choice.name;
  }

  read(): Limited<GpuSample> {
    const late = () => new GpuSourceError('timeout', `no answer within ${this.#timeoutMs} ms`);
    return new Limited((signal) => this.#read(signal), this.#timeoutMs, late);
  }

  /** Passes on how often samples are to come, also to a source that is opened later. */
  pace(intervalMs: number | undefined): void {
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    if (this.#source !== undefined) this.#pace(this.#source);
  }

  /** Waits for a read that was given up to end, and closes the source. */
  async close(): Promise<void> {
    await Promise.all([this.#reading, this.#source?.close()]);
  }

  async #read(signal: AbortSignal): Promise<GpuSample> {
    const source = await this.#open(signal);
    if (this.#reading !== undefined) {
      throw new GpuSourceError('timeout', 'still busy with a sample that was given up');
    }
    const sample = source.sample(signal);
    const ended = () => {
      this.#reading = undefined;
    };
    this.#reading = sample.then(ended, ended);
    return sample;
  }

  /** Looks again in every sample until there is a source: drivers are also loaded later. */
  async #open(signal: AbortSignal): Promise<GpuSource> {
    if (this.#source !== undefined) return this.#source;
    const source = typeof this.#choice === 'string' ? await openSource(this.#choice) : this.#choice;
    if (signal.aborted) await source?.close();
    signal.throwIfAborted();
    if (source === undefined) throw noGpu();
    this.#source = source;
    if (this.#intervalMs !== undefined) this.#pace(source);
    return source;
  }

  #pace(source: GpuSource): void {
    try {
      source.pace?.(this.#intervalMs);
    } catch (error) {
      sayOnce(`GPU source ${source.name} did not take its pace: ${error}`);
    }
  }
}
