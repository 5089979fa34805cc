import { execute } from 'opentelemetry-instrumentation-snakepit';
import { singleLine, warnOnce } from 'opentelemetry-instrumentation-snakepit/internal';
import { ClockOffset } from './clock-offset.js';
import type { Counts } from './counts.js';
import { MAX_PRODUCERS, PRODUCER_GRACE_MS } from './limits.js';
import type { LineSource } from './line-source.js';
import { DUPLICATE, SequenceWindow } from './sequence-window.js';

/** Repeats in a row that are more than a producer sends again after a lost connection. */
const MAX_REPEATS = 100_000;

/** State of one producer of events. */
export class Producer {
  readonly name: string;
  readonly offset = new ClockOffset();
  /** Streams that its events come from. */
  readonly streams = new Set<LineSource>();
  /** Runs while it has no stream. */
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

/** The producers that were used last. */
export class ProducerTable {
  readonly #producers = new Map<string, Producer>();
  readonly #counts: Counts;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** Returns the producer, which is the most recently used one then. */
  get(name: string): Producer {
    const known = this.#producers.get(name);
    const producer = known ?? new Producer(name);
    if (known !== undefined) this.#producers.delete(name);
    else if (this.#producers.size >= MAX_PRODUCERS) this.#forgetOldest();
    this.#producers.set(name, producer);
    return producer;
  }

  /** Records that events of the producer come from a stream. */
  attach(producer: Producer, stream: LineSource): void {
    clearTimeout(producer.grace);
    producer.streams.add(stream);
  }

  /** Ends the producers of a stream that are not back in time. */
  detach(stream: LineSource, graceMs = PRODUCER_GRACE_MS): void {
    for (const producer of this.#producers.values()) {
      if (!producer.streams.delete(stream) || producer.streams.size > 0) continue;
      if (graceMs === 0) this.#end(producer);
      else producer.grace = setTimeout(() => this.#end(producer), graceMs).unref();
    }
  }

  /** Stops all timers. */
  stop(): void {
    for (const { grace } of this.#producers.values()) clearTimeout(grace);
  }

  #forgetOldest(): void {
    const [oldest] = this.#producers.values();
    if (oldest === undefined) return;
    this.#producers.delete(oldest.name);
    oldest.isForgotten = true;
    clearTimeout(oldest.grace);
    if (oldest.streams.size > 0) this.#end(oldest);
    else oldest.giveUp(this.#counts);
  }

  #end(producer: Producer): void {
    producer.giveUp(this.#counts);
    this.#counts.changed();
    execute('snakepit.bridge.producer.ended', {}, { producer: producer.name });
  }
}
