import type { Span } from '@opentelemetry/api';
import type { Attributes } from '../../catalog/attributes.js';
import { isSameGpu } from '../../catalog/gpu-identity.js';
import { errorMessage } from '../../common/error-message.js';
import { processState } from '../../common/process-state.js';
import { warnOnce } from '../../common/warn-once.js';
import type { GpuReading } from '../readings.js';
import { AUTO, type SpanGpu } from './span-gpu.js';
import { SpanGpuUsage } from './span-gpu-usage.js';
import { FRESH_MS, type GpuInterval, intervalOf, type TimedReading } from './usage-accumulator.js';

/** What can read GPUs at once for next to nothing; `undefined` while it cannot. */
export interface FastSampler {
  sampleFast(): Promise<void> | undefined;
}

/** How long the end of a span waits for its last reading, ms. */
const FINAL_SAMPLE_TIMEOUT_MS = 250;
/** Spans that are never ended must not pile up: each makes every reading, and every other span, a little dearer. */
const MAX_OPEN_SPANS = 2000;

/**
 * Brings readings of GPUs together with the spans that are open meanwhile. Sums are kept for each open span, instead of
 * samples for all: so a span may take as long as it likes.
 */
export class GpuUsageTracker {
  readonly #glancers = new Set<FastSampler>();
  readonly #newest = new Map<string, TimedReading>();
  /** Of spans under way, and of those that wait for a last reading; the oldest first. */
  readonly #accounts = new Set<SpanGpuUsage>();
  /** The same by what they are about. */
  readonly #byGpu = new Map<SpanGpu, Set<SpanGpuUsage>>();
  /** How to end the waiting. */
  readonly #waiting = new Map<SpanGpuUsage, () => void>();
  readonly #bySpan = new WeakMap<Span, SpanGpuUsage>();

  /** Registers what to ask for readings at the edges of spans; returns how to take it back. */
  attach(glancer: FastSampler): () => void {
    this.#glancers.add(glancer);
    return () => {
      this.#glancers.delete(glancer);
      if (this.#glancers.size === 0) this.#newest.clear();
    };
  }

  /** Takes the readings of one sample. @param at when it was taken, ms of `performance.now()` */
  record(readings: readonly GpuReading[], at: number): void {
    const intervals = readings.flatMap((reading) => this.#take(reading, at) ?? []);
    for (const interval of intervals) {
      for (const account of this.#about(interval.to.reading.device)) account.add(interval);
    }
    for (const account of this.#about(AUTO)) for (const interval of intervals) account.add(interval);
  }

  /** To be told before what has taken its name is recorded. */
  forget(device: string): void {
    this.#newest.delete(device);
  }

  /** Opens an account for a span: of one device, or of whichever it turns out to use. Where too many are, the oldest goes. */
  open(gpu: SpanGpu, span: Span, whole: SpanGpuUsage | undefined): SpanGpuUsage {
    const [oldest] = this.#accounts;
    if (oldest !== undefined && this.#accounts.size >= MAX_OPEN_SPANS) this.#letGo(oldest);
    const account = new SpanGpuUsage(gpu, whole, performance.now(), this.#newest);
    if (gpu === AUTO) account.markShared(this.#accounts);
    else for (const name of [gpu, AUTO]) account.markShared(this.#about(name));
    this.#add(account);
    this.#bySpan.set(span, account);
    if (!this.#isFresh()) this.#glance();
    return account;
  }

  accountOf(span: Span): SpanGpuUsage | undefined {
    return this.#bySpan.get(span);
  }

  /** Takes a last reading where that costs next to nothing, then hands over what the account comes to. */
  close(account: SpanGpuUsage, done: (cost: Attributes) => void): void {
    account.end();
    const glance = this.#accounts.has(account) && !this.#isFresh() ? this.#glance() : undefined;
    if (glance === undefined) {
      this.#settle(account, done);
      return;
    }
    const finish = () => {
      clearTimeout(timer);
      if (this.#waiting.delete(account)) this.#settle(account, done);
    };
    const timer = setTimeout(finish, FINAL_SAMPLE_TIMEOUT_MS).unref();
    this.#waiting.set(account, finish);
    glance.then(finish, finish);
  }

  /** Ends the waiting for last readings. */
  flush(): void {
    for (const finish of [...this.#waiting.values()]) finish();
  }

  /** An account that was let go tells nothing, its span ends all the same. */
  #settle(account: SpanGpuUsage, done: (cost: Attributes) => void): void {
    const cost = this.#remove(account) ? account.attributes() : {};
    try {
      done(cost);
    } catch (error) {
      warnOnce(`GPU cost of spans: a span could not be ended: ${errorMessage(error)}`);
    }
  }

  #letGo(account: SpanGpuUsage): void {
    const finish = this.#waiting.get(account);
    if (finish !== undefined) {
      finish();
      return;
    }
    this.#remove(account);
    warnOnce(
      `GPU cost of spans: more than ${MAX_OPEN_SPANS} are open or were never ended; the oldest have none`,
    );
  }

  #add(account: SpanGpuUsage): void {
    this.#accounts.add(account);
    const same = this.#byGpu.get(account.gpu);
    if (same === undefined) this.#byGpu.set(account.gpu, new Set([account]));
    else same.add(account);
  }

  #remove(account: SpanGpuUsage): boolean {
    const same = this.#byGpu.get(account.gpu);
    same?.delete(account);
    if (same?.size === 0) this.#byGpu.delete(account.gpu);
    return this.#accounts.delete(account);
  }

  /** Makes it the newest of its device, unless there is a newer one. @returns what lies between it and the one before */
  #take(reading: GpuReading, at: number): GpuInterval | undefined {
    const before = this.#newest.get(reading.device);
    if (before !== undefined && at <= before.at) return undefined;
    const timed = { at, reading: withProcesses(reading, before?.reading) };
    this.#newest.set(reading.device, timed);
    return intervalOf(before, timed);
  }

  #about(gpu: SpanGpu): Iterable<SpanGpuUsage> {
    return this.#byGpu.get(gpu) ?? [];
  }

  #isFresh(): boolean {
    const now = performance.now();
    return this.#newest.size > 0 && [...this.#newest.values()].every(({ at }) => now - at < FRESH_MS);
  }

  #glance(): Promise<unknown> | undefined {
    const glances = [...this.#glancers].flatMap((glancer) => glancer.sampleFast() ?? []);
    return glances.length === 0 ? undefined : Promise.all(glances);
  }
}

const state = processState<{ tracker?: GpuUsageTracker }>('gpuUsage', () => ({}));

export const gpuUsageTracker = (): GpuUsageTracker => {
  state.tracker ??= new GpuUsageTracker();
  return state.tracker;
};

/** A glance tells nothing of processes; who held memory a sample ago most likely still does. */
const withProcesses = (reading: GpuReading, before: GpuReading | undefined): GpuReading =>
  reading.processes === undefined && before?.processes !== undefined && isSameGpu(before, reading)
    ? { ...reading, processes: before.processes }
    : reading;
