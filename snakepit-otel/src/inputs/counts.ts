import { execute } from 'opentelemetry-instrumentation-snakepit';
import type { InputName } from '../configuration/inputs.js';
import { QUEUE_LINES } from './limits.js';

/** Time between reports, ms. */
const INTERVAL_MS = 100;

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
  readonly #queueState: () => QueueState;
  readonly #onPublish: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(queueState: () => QueueState, onPublish: () => void) {
    this.#queueState = queueState;
    this.#onPublish = onPublish;
  }

  accepted(input: InputName): void {
    this.#accepted.set(input, (this.#accepted.get(input) ?? 0) + 1);
  }

  refused(input: InputName, reason: string): void {
    const reasons = this.#refused.get(input) ?? new Map<string, number>();
    this.#refused.set(input, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
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
    this.#onPublish();
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
