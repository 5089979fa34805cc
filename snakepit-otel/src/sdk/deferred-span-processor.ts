import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';

/** Spans that wait for the receiver. */
const MAX_WAITING = 1000;

/** Passes spans to a receiver that is loaded later. */
export class DeferredSpanProcessor implements SpanProcessor {
  #receiver: SpanProcessor | undefined;
  #waiting: ReadableSpan[] | undefined = [];

  /** False if spans are dropped. */
  get isReceiving(): boolean {
    return this.#receiver !== undefined || this.#waiting !== undefined;
  }

  /** Passes spans to `receiver` from now on, those that waited first; without a receiver they are dropped. */
  receive(receiver: SpanProcessor | undefined): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#receiver = receiver;
    for (const span of waiting) receiver?.onEnd(span);
  }

  onStart(): void {}

  onEnd(span: ReadableSpan): void {
    if (this.#receiver !== undefined) this.#receiver.onEnd(span);
    else if (this.#waiting !== undefined && this.#waiting.length < MAX_WAITING) this.#waiting.push(span);
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    this.receive(undefined);
  }
}
