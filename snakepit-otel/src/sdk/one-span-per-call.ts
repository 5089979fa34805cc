import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import type { CallSpans } from '../inputs/otlp/call-spans.js';

/** Leaves out the spans of calls that were received over OTLP before events of the same call made one. */
export class OneSpanPerCall implements SpanProcessor {
  readonly #next: SpanProcessor;
  readonly #calls: CallSpans;

  constructor(next: SpanProcessor, calls: CallSpans) {
    this.#next = next;
    this.#calls = calls;
  }

  onStart(span: Span, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    if (!this.#calls.isClaimed(span.spanContext().spanId)) this.#next.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}
