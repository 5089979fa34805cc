import {
  EVENT_PREFIX,
  errorMessage,
  INT64_END,
  isProducer,
  parseWireLine,
  publishWireEvent,
  warnOnce,
} from 'opentelemetry-instrumentation-snakepit/internal';
import type { ClockReports } from './clock-reports.js';
import type { Counts } from './counts.js';
import type { LineResult, LineSource } from './line-source.js';
import type { Producer } from './producer.js';
import type { ProducerTable } from './producer-table.js';

/** Keys of a line that are about the stream. Their values are untrusted. */
interface WireLine {
  readonly event?: unknown;
  readonly producer?: unknown;
  readonly seq?: unknown;
  readonly dropped?: unknown;
  readonly timestamp_ns?: unknown;
  readonly hello?: unknown;
  readonly probe?: unknown;
}

/** Parses lines, drops repeated ones and publishes the others. */
export class LineProcessor {
  readonly #counts: Counts;
  readonly #producers: ProducerTable;
  readonly #clocks: ClockReports;
  /** Producer and sequence number of the line that is processed. */
  #producer: Producer | undefined;
  #seq: number | undefined;

  constructor(counts: Counts, producers: ProducerTable, clocks: ClockReports) {
    this.#counts = counts;
    this.#producers = producers;
    this.#clocks = clocks;
  }

  /** Processes a line. Never throws. */
  process(text: string, source: LineSource, lineNumber: number, arrivedMs: number): void {
    if (text === '' || text === '\r') return;
    this.#producer = undefined;
    this.#seq = undefined;
    let result: LineResult;
    try {
      result = this.#process(text, source, arrivedMs);
    } catch (error) {
      warnOnce(`Processing a line of ${source.input} failed: ${errorMessage(error)}`);
      result = 'failed';
    }
    if (result === 'accepted') this.#counts.accepted(source.input);
    else if (result === 'duplicate') this.#counts.duplicate++;
    else if (result !== 'control') this.#counts.refused(source.input, result);
    source.settle(result, lineNumber, this.#seq, this.#producer);
  }

  #process(text: string, source: LineSource, arrivedMs: number): LineResult {
    const parsed = parseWireLine(text.startsWith(EVENT_PREFIX) ? text.slice(EVENT_PREFIX.length) : text);
    if ('refusal' in parsed) return parsed.refusal;
    const wire: WireLine = parsed.wire;
    const { hello, probe } = wire;
    const seq = wire.seq ?? undefined;
    const dropped = wire.dropped ?? undefined;
    if (hello !== undefined) return this.#hello(hello, source);
    if (wire.event === undefined && isProducer(probe)) {
      source.probe?.(probe);
      return 'control';
    }
    if (dropped !== undefined && !isCount(dropped)) return 'dropped_invalid';
    if (seq !== undefined && !isCount(seq)) return 'seq_invalid';
    const producer = this.#producerOf(wire, source);
    this.#producer = producer;
    if (seq !== undefined) {
      this.#seq = seq;
      const isNamed = source.producer !== undefined || producer.name === wire.producer;
      if (isNamed && !producer.receive(seq, this.#counts)) return 'duplicate';
    }
    if (dropped !== undefined) {
      producer.dropped(dropped, this.#counts);
      if (wire.event === undefined) return 'control';
    }
    const timestampNs = timeOf(wire.timestamp_ns);
    if (timestampNs > 0 && timestampNs < INT64_END) producer.offset.add(arrivedMs, timestampNs);
    return publishWireEvent(wire, producer.name);
  }

  #hello(hello: unknown, source: LineSource): LineResult {
    if (typeof hello !== 'object' || hello === null) return 'hello_invalid';
    const { producer, ack } = hello as { readonly producer?: unknown; readonly ack?: unknown };
    if (producer !== undefined && !isProducer(producer)) return 'hello_invalid';
    source.producer = producer;
    source.recent = undefined;
    source.hello?.({ producer, ack: ack === true });
    return 'control';
  }

  #producerOf(wire: WireLine, source: LineSource): Producer {
    const name = isProducer(wire.producer) ? wire.producer : (source.producer ?? source.id);
    const { recent } = source;
    if (recent?.name === name && !recent.isForgotten) return recent;
    if (recent !== undefined) this.#clocks.check(recent);
    const producer = this.#producers.get(name);
    if (source.isStream) this.#producers.attach(producer, source);
    source.recent = producer;
    return producer;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const timeOf = (value: unknown): number =>
  typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
