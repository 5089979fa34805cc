import { execute } from 'opentelemetry-instrumentation-snakepit';
import { singleLine, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Producer } from './producer.js';

/** Producers whose clock is reported. */
const MAX_CLOCKS = 32;
/** Offset of a clock from which on it is reported, s. */
const OFFSET_LIMIT_S = 1;

/** Reports the clocks of producers that deviate from the clock of this host. */
export class ClockReports {
  readonly #producers = new Set<Producer>();
  #warnings = 0;

  /** Reports the clock of a producer from now on if it deviates. */
  check(producer: Producer): void {
    const offset = producer.offset.seconds;
    if (offset === undefined || Math.abs(offset) <= OFFSET_LIMIT_S || this.#producers.has(producer)) return;
    if (this.#producers.size >= MAX_CLOCKS) return;
    this.#producers.add(producer);
    // Each start of a process is another producer. Their warnings must not take the place of all others.
    if (++this.#warnings > MAX_CLOCKS) return;
    warnOnce(
      `The clock of producer ${singleLine(producer.name)} is ${Math.abs(offset).toFixed(1)} s ` +
        `${offset > 0 ? 'behind' : 'ahead of'} the clock of this host, or its events are late. Their times are not corrected.`,
    );
  }

  publish(): void {
    for (const producer of this.#producers) {
      const offset = producer.offset.seconds;
      if (producer.isForgotten) this.#producers.delete(producer);
      else if (offset !== undefined) {
        execute('snakepit.bridge.clock.measured', { offset }, { producer: producer.name });
      }
    }
  }
}
