import { threadId } from 'node:worker_threads';
import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { catchErrors } from 'opentelemetry-instrumentation-snakepit/internal';
import { type Backlog, drop, enter } from './backlog.js';
import { openSpanChannel } from './span-channel.js';
import { dataOf, type SpanData } from './span-data.js';

/** Spans of a message. */
const MAX_BATCH = 256;

/**
 * Sends the ended spans of a thread to the thread that created it. Threads of pools are blocked between tasks and are terminated, so
 * that no timer can export their spans. Spans are sent in a microtask: before the result of the task that ended them.
 */
export class SpanSender implements SpanProcessor {
  readonly #backlog: Backlog;
  readonly #channel = openSpanChannel(threadId);
  #batch: SpanData[] = [];

  /** @param backlog numbers of spans that all threads share */
  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  onStart(): void {}

  /** Takes an ended span. */
  onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.add(dataOf(span));
  }

  /** Takes a span of this thread, or of one that it created. */
  add(span: SpanData): void {
    this.#batch.push(span);
    if (this.#batch.length >= MAX_BATCH) this.send();
    else if (this.#batch.length === 1) queueMicrotask(this.send);
  }

  /** Sends the spans that ended. Never throws. */
  readonly send = catchErrors('Sending the spans of a thread', (): void => {
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    if (!enter(this.#backlog, batch.length)) return;
    try {
      this.#channel.postMessage(batch);
    } catch (error) {
      drop(this.#backlog, batch.length);
      throw error;
    }
  });

  async forceFlush(): Promise<void> {
    this.send();
  }

  async shutdown(): Promise<void> {
    this.send();
    this.#channel.close();
  }
}
