import { setImmediate as nextTurn } from 'node:timers/promises';

/** Time for which a task may hold a turn of the event loop, ms; exceeded only by a single step of it. */
const BUDGET_MS = 0.25;

/**
 * Divides a long task among turns of the event loop, so that other work of the host does not wait for all of it. Before each step:
 * `if (turn.isSpent) await turn.next()`.
 */
export class TurnBudget {
  #beganAt = performance.now();

  /** True if the task has held the event loop for long enough. */
  get isSpent(): boolean {
    return performance.now() - this.#beganAt > BUDGET_MS;
  }

  /** Waits for the next turn of the event loop. */
  async next(): Promise<void> {
    await nextTurn();
    this.#beganAt = performance.now();
  }
}
