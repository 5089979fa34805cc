import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import { takeSpanId, takeTraceId } from 'opentelemetry-instrumentation-snakepit/internal';
import { CallSpans } from '../inputs/otlp/call-spans.js';

/**
 * Generates random ids, except for spans of requests that other processes report too: their ids are derived from the correlation
 * id, so that the spans of all processes are in one trace.
 */
export class RequestIdGenerator implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  readonly #calls: CallSpans;

  /** @param calls remembers the spans with derived ids */
  constructor(calls = new CallSpans()) {
    this.#calls = calls;
  }

  generateTraceId(): string {
    return takeTraceId() ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    const requested = takeSpanId();
    // Recorders forget a call after a while; another one may have its correlation id.
    if (requested === undefined || this.#calls.isReported(requested)) return this.#random.generateSpanId();
    this.#calls.report(requested);
    return requested;
  }
}
