import { reportProblem } from '../bus/diagnostics.js';
import { forgetOldest } from '../common/forget-oldest.js';
import type { GpuFault } from './source.js';

/** Time without a fault after which it counts as a new one, ms. */
const FORGET_AFTER_MS = 60_000;
/** Sampling intervals without a fault after which it counts as a new one, if that takes longer. */
const FORGET_AFTER_INTERVALS = 3;
/** Faults that are remembered. Of more, the oldest are reported again. */
const MAX_FAULTS = 1024;

/** Reports each fault of a source once for as long as it lasts: a driver that lacks a permission lacks it in every sample. */
export class FaultReporter {
  /** Time of the last report by fault, ms of `performance.now()`. */
  readonly #lasting = new Map<string, number>();

  /**
   * Counts and logs the faults of a sample that have not lasted since an earlier one.
   *
   * @param source name of the source
   * @param intervalMs time between samples, ms
   */
  report(source: string, faults: readonly GpuFault[], intervalMs: number): void {
    if (faults.length === 0 && this.#lasting.size === 0) return;
    const now = performance.now();
    const forgetBefore = now - Math.max(FORGET_AFTER_MS, FORGET_AFTER_INTERVALS * intervalMs);
    for (const [key, seenAt] of this.#lasting) if (seenAt < forgetBefore) this.#lasting.delete(key);
    for (const fault of faults) {
      const key = `${source} ${fault.reason} ${fault.detail}`;
      if (!this.#lasting.has(key)) {
        reportFault(source, fault);
        forgetOldest(this.#lasting, MAX_FAULTS);
      }
      this.#lasting.set(key, now);
    }
  }
}

function reportFault(source: string, { reason, detail, device }: GpuFault): void {
  const metadata = device === undefined ? { source, reason } : { source, reason, device };
  reportProblem('snakepit.gpu.sample.failed', metadata, `GPU source ${source}: ${reason}: ${detail}`);
}
