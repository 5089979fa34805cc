import { setImmediate } from 'node:timers';
import { nanoseconds } from '../../common/units.js';
import type { RunTimes } from './enclosing-call.js';

/** Measures how long a run waits, and how long it computes. */
export class RunClock {
  readonly #startedAt: number;
  #computesAt: number | undefined;

  /** @param startedAt start of the run, ms of `performance.now()` */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    // The runtime computes in an immediate of its own, on this thread. This one precedes it.
    setImmediate(RunClock.#markComputation, this);
  }

  /** Returns the times of the run until now; `undefined` if the runtime has not begun. */
  times(): RunTimes | undefined {
    const computesAt = this.#computesAt;
    if (computesAt === undefined) return undefined;
    return {
      queue_time: nanoseconds(computesAt - this.#startedAt),
      compute_time: nanoseconds(performance.now() - computesAt),
    };
  }

  static #markComputation(clock: RunClock): void {
    clock.#computesAt = performance.now();
  }
}
