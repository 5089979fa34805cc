import { type IdGenerator, RandomIdGenerator } from '@opentelemetry/sdk-trace-node';
import { takeSpanId, takeTraceId } from 'opentelemetry-instrumentation-snakepit/internal';

/**
 * Generates random ids, except for spans of requests that other processes report too: their ids are derived from the correlation
 * id, so that the spans of all processes are in one trace.
 */
export class RequestIdGenerator implements IdGenerator {
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return takeTraceId() ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return takeSpanId() ?? this.#random.generateSpanId();
  }
}
