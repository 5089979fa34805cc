import type { Components } from './components.js';
import { EXPORT_LIMIT_MS } from './export-limit.js';
import { flush } from './flush.js';
import { flushIfHostIsIdle } from './idle-host.js';
import { printLoss } from './print-loss.js';
import { type EndOfProcess, installShutdownHooks } from './shutdown-hooks.js';
import { TimeBudget } from './time-budget.js';

/** Least time that is worth a flush at the end of the process, ms. */
const MIN_FLUSH_MS = 1000;
/** Time that a process that exits is blocked at most, ms. */
const EXIT_LIMIT_MS = 2000;
/** Time that it is blocked at most if flushes before have used up their time, ms. */
const SHORT_EXIT_LIMIT_MS = 500;
/** Time between exports after a signal that the host handles, ms. */
const DRAIN_INTERVAL_MS = 100;
/** Time after a flush at which a process that goes on counts exports again, ms. */
const RESUME_DELAY_MS = 1000;

/** Exports what is queued while the process ends, or seems to: it may go on after each call. */
export class ProcessEnd implements EndOfProcess {
  readonly shutdown: () => Promise<void>;
  readonly #components: Components;
  readonly #flushBudget = new TimeBudget(EXPORT_LIMIT_MS);
  readonly #exitBudget = new TimeBudget(EXIT_LIMIT_MS);
  #removers: readonly (() => void)[] = [];
  #flushing: Promise<void> | undefined;
  #resuming: NodeJS.Timeout | undefined;
  #draining: NodeJS.Timeout | undefined;

  /** @param shutdown shuts the telemetry down */
  constructor(components: Components, shutdown: () => Promise<void>) {
    this.#components = components;
    this.shutdown = shutdown;
  }

  /** Acts from now on whenever the process ends or is idle. */
  installHooks(): void {
    this.#removers = [
      installShutdownHooks(this),
      flushIfHostIsIdle(this.#components.accounting, () => this.flush()),
    ];
  }

  removeHooks(): void {
    clearInterval(this.#draining);
    for (const remove of this.#removers) remove();
  }

  async flush(): Promise<void> {
    if (this.#flushing !== undefined) return this.#flushing;
    // Listeners of the host that go on at each end of the event loop would multiply the limit. What is left is sent at the exit.
    if (this.#flushBudget.leftMs < MIN_FLUSH_MS) return undefined;
    this.#flushing = this.#flushWithinBudget();
    return this.#flushing;
  }

  async #flushWithinBudget(): Promise<void> {
    const { accounting, inputs } = this.#components;
    const endUse = this.#flushBudget.use();
    clearTimeout(this.#resuming);
    accounting.isEnding = true;
    // A process that is done would never end if every flush met new events.
    if (inputs.isActive) await inputs.pause();
    await flush(this.#components, this.#flushBudget.leftMs).finally(endUse);
    this.#resuming = setTimeout(() => {
      accounting.isEnding = false;
      inputs.resume();
    }, RESUME_DELAY_MS).unref();
    this.#flushing = undefined;
  }

  drain(): void {
    const { accounting, forwarding } = this.#components;
    void flush(this.#components);
    this.#draining ??= setInterval(() => {
      if (accounting.hasQueued || forwarding.isWaiting) void flush(this.#components);
    }, DRAIN_INTERVAL_MS).unref();
  }

  exit(): void {
    const endUse = this.#exitBudget.use();
    this.#sendRest(Math.min(this.#exitBudget.leftMs, SHORT_EXIT_LIMIT_MS + this.#flushBudget.leftMs));
    endUse();
  }

  giveUp(): void {
    this.#sendRest(0);
  }

  #sendRest(limitMs: number): void {
    const { accounting, forwarding, threads } = this.#components;
    threads?.drain();
    accounting.sendRest(limitMs);
    forwarding.stop();
    printLoss(accounting);
  }
}
