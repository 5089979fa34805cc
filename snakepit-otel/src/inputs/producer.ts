import { singleLine, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import { ClockOffset } from './clock-offset.js';
import type { Counts } from './counts.js';
import { DUPLICATE, SequenceWindow } from './sequence-window.js';

/** Repeats in a row that are more than a producer sends again after a lost connection. */
const MAX_REPEATS = 100_000;

/** State of one producer of events. */
export class Producer {
  readonly name: string;
  readonly offset = new ClockOffset();
  /** Streams that its events come from. */
  readonly streams = new Set<object>();
  /** Runs while it has no stream, until it is gone for good. */
  grace: NodeJS.Timeout | undefined;
  isForgotten = false;
  readonly #sequence = new SequenceWindow();
  #dropped = 0;
  #repeats = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Records a sequence number. Returns false for an event that was received before. */
  receive(seq: number, counts: Counts): boolean {
    const lost = this.#sequence.add(seq);
    if (lost === DUPLICATE) {
      if (++this.#repeats === MAX_REPEATS) warnOnce(repeating(this.name));
      return false;
    }
    this.#repeats = 0;
    if (lost > 0) counts.lost += lost;
    return true;
  }

  /** Records the number of events that the producer has dropped since it started. */
  dropped(total: number, counts: Counts): void {
    counts.droppedByProducer += total >= this.#dropped ? total - this.#dropped : total;
    this.#dropped = total;
  }

  /** Counts what is missing as lost. */
  giveUp(counts: Counts): void {
    counts.lost += this.#sequence.giveUp();
  }
}

const repeating = (name: string) =>
  `Producer ${singleLine(name)} repeats sequence numbers, and its events are dropped as duplicates. Each start of a process needs ` +
  'another value of producer, such as a random one.';
