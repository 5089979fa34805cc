import { forgetOldest } from 'opentelemetry-instrumentation-snakepit/internal';
import { SamplingWatch } from './sampling-watch.js';

/** Calls that are remembered; the oldest is forgotten. */
const MAX_CALLS = 20_000;

/** The ids of calls' spans, so that a call that both events and OTLP report has one span. */
export class CallSpans {
  /** Notices samplers that drop the spans of some calls. */
  readonly sampling = new SamplingWatch((callSpanId) => this.isReported(callSpanId));
  readonly #reported = new Set<string>();
  /** Id that is derived from a correlation id → id of the span that has it now. */
  readonly #claimed = new Map<string, string>();

  /** Remembers a span that events made. */
  report(callSpanId: string): void {
    forgetOldest(this.#reported, MAX_CALLS);
    this.#reported.add(callSpanId);
  }

  /** Returns true if events made the span of the call. */
  isReported(callSpanId: string): boolean {
    return this.#reported.has(callSpanId);
  }

  /** Returns true if a received span gets the id: the first one with its correlation id, however often it is sent. */
  claim(callSpanId: string, spanId: string): boolean {
    const claimed = this.#claimed.get(callSpanId);
    if (claimed !== undefined) return claimed === spanId;
    forgetOldest(this.#claimed, MAX_CALLS);
    this.#claimed.set(callSpanId, spanId);
    return true;
  }

  /** Returns true if a received span has the id. */
  isClaimed(callSpanId: string): boolean {
    return this.#claimed.has(callSpanId);
  }
}
