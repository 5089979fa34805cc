import { execute } from 'opentelemetry-instrumentation-snakepit';
import type { Counts } from './counts.js';
import { MAX_PRODUCERS, PRODUCER_GRACE_MS } from './limits.js';
import { Producer } from './producer.js';

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
  attach(producer: Producer, stream: object): void {
    clearTimeout(producer.grace);
    producer.grace = undefined;
    producer.streams.add(stream);
  }

  /** Ends the producers of a stream that are not back in time. */
  detach(stream: object, graceMs = PRODUCER_GRACE_MS): void {
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
    if (oldest.streams.size > 0 || oldest.grace !== undefined) this.#end(oldest);
    else oldest.giveUp(this.#counts);
  }

  #end(producer: Producer): void {
    producer.grace = undefined;
    producer.giveUp(this.#counts);
    this.#counts.changed();
    execute('snakepit.bridge.producer.ended', { count: 1 }, { producer: producer.name });
  }
}
