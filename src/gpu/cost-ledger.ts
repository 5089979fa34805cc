import type { Span } from '@opentelemetry/api';
import type { Attributes } from '../attributes.js';
import { sayOnce } from '../events/problems.js';
import { registry } from '../registry.js';
import { GpuCostAccount } from './cost-account.js';
import { FRESH_MS, type TimedReading } from './cost-meter.js';
import type { GpuReading } from './reading.js';
import type { SpanGpu } from './span-gpu.js';

/** What can read GPUs at once for next to nothing; `undefined` while it cannot. */
export interface GpuGlancer {
  glance(): Promise<void> | undefined;
}

/** How long the end of a span waits for its last reading, ms. */
const PATIENCE_MS = 250;
/** Spans that are never ended must not pile up. */
const MAX_ACCOUNTS = 10_000;

/**
 * Brings readings of GPUs together with the spans that are open meanwhile. Sums are kept for each open span, instead of
 * samples for all: so a span may take as long as it likes.
 */
export class GpuCostLedger {
  readonly #glancers = new Set<GpuGlancer>();
  readonly #newest = new Map<string, TimedReading>();
  /** Of spans under way, and of those that wait for a last reading. */
  readonly #accounts = new Set<GpuCostAccount>();
  readonly #waiting = new Set<() => void>();
  readonly #bySpan = new WeakMap<Span, GpuCostAccount>();

  /** Registers what to ask for readings at the edges of spans; returns how to take it back. */
  attach(glancer: GpuGlancer): () => void {
    this.#glancers.add(glancer);
    return () => {
      this.#glancers.delete(glancer);
      if (this.#glancers.size === 0) this.#newest.clear();
    };
  }

  /** Takes the readings of one sample. @param at when it was taken, ms of `performance.now()` */
  record(readings: readonly GpuReading[], at: number): void {
    for (const reading of readings) {
      // A glance tells nothing of processes; who held memory a sample ago most likely still does.
      const processes = reading.processes ?? this.#newest.get(reading.device)?.reading.processes;
      const timed = { at, reading: processes === undefined ? reading : { ...reading, processes } };
      this.#newest.set(reading.device, timed);
      for (const account of this.#accounts) account.add(timed);
    }
  }

  forget(device: string): void {
    this.#newest.delete(device);
  }

  /** Opens an account for a span, unless too many are open: of one device, or of whichever the span turns out to use. */
  open(device: SpanGpu, span: Span, parent: Span | undefined): GpuCostAccount | undefined {
    if (this.#accounts.size >= MAX_ACCOUNTS) {
      sayOnce(`GPU cost of spans: more than ${MAX_ACCOUNTS} spans are open, or were never ended`);
      return undefined;
    }
    const ancestor = parent === undefined ? undefined : this.#bySpan.get(parent);
    const account = new GpuCostAccount(device, ancestor, performance.now(), this.#newest);
    account.meet(this.#accounts);
    this.#accounts.add(account);
    this.#bySpan.set(span, account);
    if (!this.#isFresh()) this.#glance();
    return account;
  }

  /** Takes a last reading where that costs next to nothing, then hands over what the account comes to. */
  close(account: GpuCostAccount, done: (cost: Attributes) => void): void {
    account.end();
    const glance = this.#isFresh() ? undefined : this.#glance();
    const finish = () => {
      clearTimeout(timer);
      this.#waiting.delete(finish);
      if (this.#accounts.delete(account)) done(account.cost());
    };
    const timer = glance && setTimeout(finish, PATIENCE_MS).unref();
    if (glance === undefined) {
      finish();
      return;
    }
    this.#waiting.add(finish);
    glance.then(finish, finish);
  }

  /** Ends the waiting for last readings. */
  settle(): void {
    for (const finish of [...this.#waiting]) finish();
  }

  #isFresh(): boolean {
    const now = performance.now();
    return this.#newest.size > 0 && [...this.#newest.values()].every(({ at }) => now - at < FRESH_MS);
  }

  #glance(): Promise<unknown> | undefined {
    const glances = [...this.#glancers].flatMap((glancer) => glancer.glance() ?? []);
    return glances.length === 0 ? undefined : Promise.all(glances);
  }
}

export const gpuCostLedger = (): GpuCostLedger => {
  registry.gpuCostLedger ??= new GpuCostLedger();
  return registry.gpuCostLedger;
};
