import type { Span } from '@opentelemetry/api';
import type { Attributes } from '../../catalog/attributes.js';
import { isSameGpu } from '../../catalog/gpu-identity.js';
import type { HostGpu } from '../../catalog/worker-device.js';
import { errorMessage } from '../../common/error-message.js';
import { processState } from '../../common/process-state.js';
import { wallClockMs } from '../../common/wall-clock.js';
import { warnOnce } from '../../common/warn-once.js';
import type { GpuReading } from '../readings.js';
import { type ClockOffset, keepOffset, toElapsed } from './clock-offsets.js';
import { addOpenUsage, createOpenUsages, type OpenUsages, removeOpenUsage } from './open-usages.js';
import { keepInterval, type RecentReadings } from './recent-readings.js';
import { AUTO, type SpanGpu } from './span-gpu.js';
import {
  addToUsage,
  createUsage,
  endUsage,
  hasBothEnds,
  type SpanGpuUsage,
  usageAttributes,
} from './span-gpu-usage.js';
import { FRESH_MS, type GpuInterval, intervalOf, type TimedReading } from './usage-accumulator.js';

/** Takes a cheap reading of all GPUs now and records it; returns `undefined` if it cannot at the moment. */
export type FastSampler = () => Promise<void> | undefined;

/** Plain data: all copies of this package in the process share it, each with its own code. */
export interface GpuUsageState {
  readonly samplers: Set<FastSampler>;
  /** Newest reading by device. */
  readonly newest: Map<string, TimedReading>;
  /** Readings of the last minutes, for spans of other processes. */
  readonly recent: RecentReadings;
  /** Offsets of the wall clock. */
  readonly clock: ClockOffset[];
  /** Usage of open spans and of those that wait for their last reading, oldest first. */
  readonly usages: Set<SpanGpuUsage>;
  /** Those of open spans. */
  readonly open: OpenUsages;
  /** The same by the GPU that the span names. */
  readonly byGpu: Map<SpanGpu, Set<SpanGpuUsage>>;
  /** Callbacks that end the wait for a last reading. */
  readonly waiting: Map<object, () => void>;
  readonly bySpan: WeakMap<Span, SpanGpuUsage>;
}

/** Time that the end of a span waits for its last reading, ms. */
const FINAL_SAMPLE_TIMEOUT_MS = 250;
/** Limit for spans that are never ended: each makes every reading, and every other span, a little slower. */
const MAX_OPEN_SPANS = 2000;

export const createUsageState = (): GpuUsageState => ({
  samplers: new Set(),
  newest: new Map(),
  recent: new Map(),
  clock: [],
  usages: new Set(),
  open: createOpenUsages(),
  byGpu: new Map(),
  waiting: new Map(),
  bySpan: new WeakMap(),
});

/**
 * Adds readings of GPUs to the spans that are open. Keeps sums per open span instead of samples, so a span may take any time.
 */
export class GpuUsageTracker {
  readonly #state: GpuUsageState;

  constructor(state: GpuUsageState) {
    this.#state = state;
  }

  /** Registers a sampler for the edges of spans. Returns a function that removes it. */
  attach(sampler: FastSampler): () => void {
    const { samplers, newest, recent, clock } = this.#state;
    samplers.add(sampler);
    return () => {
      samplers.delete(sampler);
      if (samplers.size > 0) return;
      newest.clear();
      recent.clear();
      clock.length = 0;
    };
  }

  /**
   * Records the readings of one sample.
   *
   * @param at when it was taken, ms of `performance.now()`
   */
  record(readings: readonly GpuReading[], at: number): void {
    this.#keepOffset(performance.now());
    const intervals = readings.flatMap((reading) => this.#intervalTo(reading, at) ?? []);
    for (const interval of intervals) {
      keepInterval(this.#state.recent, interval);
      for (const usage of this.#usagesOf(interval.to.reading.device)) addToUsage(usage, interval);
    }
    for (const usage of this.#usagesOf(AUTO)) for (const interval of intervals) addToUsage(usage, interval);
  }

  /** Forgets the readings of a lost device. Must precede the record of a device that takes its name. */
  forget(device: string): void {
    this.#state.newest.delete(device);
    this.#state.recent.delete(device);
  }

  /**
   * Tracks the usage of a span. Evicts the oldest span if there are too many.
   *
   * @param gpu device, or `auto` for the one that the span turns out to use
   * @param parent usage of the span that this one is part of
   */
  open(gpu: SpanGpu, span: Span, parent: SpanGpuUsage | undefined): SpanGpuUsage {
    const { usages, newest, bySpan, open } = this.#state;
    const [oldest] = usages;
    if (oldest !== undefined && usages.size >= MAX_OPEN_SPANS) this.#evict(oldest);
    const usage = createUsage(gpu, parent, newest);
    addOpenUsage(open, usage);
    this.#add(usage);
    bySpan.set(span, usage);
    if (!this.#isFresh()) this.#sampleFast();
    return usage;
  }

  /** Returns the GPUs of the newest readings, by position. */
  gpus(): HostGpu[] {
    return [...this.#state.newest.values()]
      .map(({ reading: { memoryTotalMib: totalMib, ...identity } }) => ({ ...identity, totalMib }))
      .sort((one, other) => one.index - other.index);
  }

  /** Readings of the last minutes. Empty without a profiler. */
  get recent(): RecentReadings {
    return this.#state.recent;
  }

  /** Converts times since the epoch, ms, to those of `performance.now()`, of which `now` is the present one. */
  toElapsed(now: number, ...wallClock: readonly number[]): number[] {
    const offset = this.#keepOffset(now);
    return wallClock.map((each) => toElapsed(this.#state.clock, each, now, offset));
  }

  usageOf(span: Span): SpanGpuUsage | undefined {
    return this.#state.bySpan.get(span);
  }

  /** Ends the usage of a span: takes a last reading if that is cheap, then calls `done` with the attributes. */
  close(usage: SpanGpuUsage, done: (attributes: Attributes) => void): void {
    const { usages, open } = this.#state;
    endUsage(usage);
    removeOpenUsage(open, usage);
    const sample = usages.has(usage) && !this.#isCovered(usage) ? this.#sampleEnd(usage) : undefined;
    const finish = () => this.#finish(usage, done);
    if (sample === undefined) finish();
    else this.#waitFor(sample, usage, finish);
  }

  /** Calls `done` once there is a reading of `at`, ms of `performance.now()`, or later: at once, or when one was taken that is cheap. */
  afterReading(at: number, done: () => void): void {
    const { newest, waiting } = this.#state;
    let isRead = true;
    for (const reading of newest.values()) isRead &&= reading.at >= at;
    const sample = isRead || waiting.size >= MAX_OPEN_SPANS ? undefined : this.#sampleFast();
    if (sample === undefined) done();
    else this.#waitFor(sample, {}, done);
  }

  /** Finishes all spans that wait for their last reading. */
  flush(): void {
    for (const finish of [...this.#state.waiting.values()]) finish();
  }

  /** An evicted span ends without attributes. */
  #finish(usage: SpanGpuUsage, done: (attributes: Attributes) => void): void {
    const attributes = this.#remove(usage) ? usageAttributes(usage) : {};
    try {
      done(attributes);
    } catch (error) {
      warnOnce(`GPU usage of spans: ending a span failed: ${errorMessage(error)}`);
    }
  }

  #waitFor(sample: Promise<unknown>, key: object, done: () => void): void {
    const { waiting } = this.#state;
    const finish = () => {
      clearTimeout(timer);
      if (waiting.delete(key)) done();
    };
    const timer = setTimeout(finish, FINAL_SAMPLE_TIMEOUT_MS).unref();
    waiting.set(key, finish);
    sample.then(finish, finish);
  }

  #evict(usage: SpanGpuUsage): void {
    const finish = this.#state.waiting.get(usage);
    if (finish !== undefined) {
      finish();
      return;
    }
    this.#remove(usage);
    warnOnce(
      `GPU usage of spans: more than ${MAX_OPEN_SPANS} spans are open or were never ended; the oldest end without GPU usage`,
    );
  }

  #add(usage: SpanGpuUsage): void {
    const { usages, byGpu } = this.#state;
    usages.add(usage);
    const same = byGpu.get(usage.gpu);
    if (same === undefined) byGpu.set(usage.gpu, new Set([usage]));
    else same.add(usage);
  }

  #remove(usage: SpanGpuUsage): boolean {
    const { usages, byGpu, open } = this.#state;
    removeOpenUsage(open, usage);
    const same = byGpu.get(usage.gpu);
    same?.delete(usage);
    if (same?.size === 0) byGpu.delete(usage.gpu);
    return usages.delete(usage);
  }

  /** Stores the reading as its device's newest and returns the interval that it ends; `undefined` if a newer one is known. */
  #intervalTo(reading: GpuReading, at: number): GpuInterval | undefined {
    const { newest } = this.#state;
    const before = newest.get(reading.device);
    if (before !== undefined && at <= before.at) return undefined;
    const timed = { at, reading: withProcesses(reading, before?.reading) };
    newest.set(reading.device, timed);
    return intervalOf(before, timed);
  }

  #usagesOf(gpu: SpanGpu): Iterable<SpanGpuUsage> {
    return this.#state.byGpu.get(gpu) ?? [];
  }

  #keepOffset(now: number): number {
    const wallClock = wallClockMs(now);
    keepOffset(this.#state.clock, now, wallClock);
    return wallClock - now;
  }

  #isFresh(): boolean {
    const now = performance.now();
    const { newest } = this.#state;
    for (const { at } of newest.values()) if (now - at >= FRESH_MS) return false;
    return newest.size > 0;
  }

  /** Returns true if a reading taken now would add nothing. A fresh one may be the only one of a short span. */
  #isCovered(usage: SpanGpuUsage): boolean {
    return this.#isFresh() && hasBothEnds(usage);
  }

  /** Takes a reading for the end of a span, and a second one if the first was the one that its start has requested. */
  #sampleEnd(usage: SpanGpuUsage): Promise<unknown> | undefined {
    return this.#sampleFast()?.then(() => (hasBothEnds(usage) ? undefined : this.#sampleFast()));
  }

  #sampleFast(): Promise<unknown> | undefined {
    const samples = [...this.#state.samplers].flatMap((sample) => sample() ?? []);
    return samples.length === 0 ? undefined : Promise.all(samples);
  }
}

let tracker: GpuUsageTracker | undefined;

/** Returns this copy's tracker over the state that all copies share. */
export const gpuUsageTracker = (): GpuUsageTracker => {
  tracker ??= new GpuUsageTracker(processState('gpuUsage', createUsageState));
  return tracker;
};

/** Keeps the processes of the previous reading if this one, from a fast sample, has none: they most likely still run. */
const withProcesses = (reading: GpuReading, before: GpuReading | undefined): GpuReading =>
  reading.processes === undefined && before?.processes !== undefined && isSameGpu(before, reading)
    ? { ...reading, processes: before.processes }
    : reading;
