import { execute } from 'opentelemetry-instrumentation-snakepit';
import { singleLine, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import { QUEUE_LINES } from './limits.js';
import type { InputName } from './line-source.js';
import type { Producer } from './producer.js';

/** Time between reports, ms. */
const INTERVAL_MS = 100;
/** Producers whose clock is reported. */
const MAX_CLOCKS = 32;
/** Offset of a clock from which on it is reported, s. */
const OFFSET_LIMIT_S = 1;

/** State of the queue. */
interface QueueState {
  /** Lines in the queue. */
  readonly size: number;
  /** Time that the line processed last waited, s. */
  readonly lag: number;
}

/** Counts lines, and publishes the counts of many lines at a time. */
export class Counts {
  duplicate = 0;
  lost = 0;
  droppedByProducer = 0;
  readonly #accepted = new Map<InputName, number>();
  readonly #refused = new Map<InputName, Map<string, number>>();
  readonly #clocks = new Set<Producer>();
  readonly #queueState: () => QueueState;
  #timer: NodeJS.Timeout | undefined;

  constructor(queueState: () => QueueState) {
    this.#queueState = queueState;
  }

  accepted(input: InputName): void {
    this.#accepted.set(input, (this.#accepted.get(input) ?? 0) + 1);
  }

  refused(input: InputName, reason: string): void {
    const reasons = this.#refused.get(input) ?? new Map<string, number>();
    this.#refused.set(input, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  /** Reports the clock of a producer from now on if it deviates. */
  checkClock(producer: Producer): void {
    const offset = producer.offset.seconds;
    if (offset === undefined || Math.abs(offset) <= OFFSET_LIMIT_S || this.#clocks.has(producer)) return;
    if (this.#clocks.size >= MAX_CLOCKS) return;
    this.#clocks.add(producer);
    warnOnce(
      `The clock of producer ${singleLine(producer.name)} is ${Math.abs(offset).toFixed(1)} s ` +
        `${offset > 0 ? 'behind' : 'ahead of'} the clock of this host, or its events are late. Their times are not corrected.`,
    );
  }

  /** Publishes what has changed within {@link INTERVAL_MS}. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.publish(), INTERVAL_MS).unref();
  }

  /** Publishes what has changed. */
  publish(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [input, count] of this.#accepted) {
      if (count > 0) execute('snakepit.bridge.events.accepted', { count }, { input });
      this.#accepted.set(input, 0);
    }
    for (const [input, reasons] of this.#refused) {
      for (const [reason, count] of reasons) {
        if (count > 0) execute('snakepit.bridge.events.refused', { count }, { input, reason });
        reasons.set(reason, 0);
      }
    }
    this.#publishSequences();
    const { size, lag } = this.#queueState();
    execute('snakepit.bridge.queue.sampled', { size, capacity: QUEUE_LINES, lag });
    for (const producer of this.#clocks) {
      if (producer.isForgotten) this.#clocks.delete(producer);
      else if (producer.offset.seconds !== undefined) {
        execute(
          'snakepit.bridge.clock.measured',
          { offset: producer.offset.seconds },
          { producer: producer.name },
        );
      }
    }
  }

  #publishSequences(): void {
    const { duplicate, lost, droppedByProducer } = this;
    this.duplicate = this.lost = this.droppedByProducer = 0;
    if (duplicate > 0) execute('snakepit.bridge.events.duplicate', { count: duplicate });
    if (lost > 0) execute('snakepit.bridge.events.lost', { count: lost });
    if (droppedByProducer > 0) {
      execute('snakepit.bridge.events.dropped_by_producer', { count: droppedByProducer });
    }
  }
}
