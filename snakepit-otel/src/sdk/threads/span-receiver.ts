import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { catchErrors } from 'opentelemetry-instrumentation-snakepit/internal';
import { type Backlog, leave } from './backlog.js';
import { openSpanChannel, readSpanChannel, type SpanChannel } from './span-channel.js';
import type { SpanData } from './span-data.js';

/** Channel on which Node publishes the threads that this thread creates. */
const THREADS = 'worker_threads';

/** Receives the spans of the threads that this thread creates. */
export class SpanReceiver {
  readonly #backlog: Backlog;
  readonly #receive: (span: SpanData) => void;
  readonly #channels = new Set<SpanChannel>();

  /**
   * @param backlog numbers of spans that all threads share
   * @param receive takes each span
   */
  constructor(backlog: Backlog, receive: (span: SpanData) => void) {
    this.#backlog = backlog;
    this.#receive = receive;
    subscribe(THREADS, this.#watch);
  }

  /** Receives what has arrived, for when the event loop will not run before it is needed. */
  drain(): void {
    for (const channel of this.#channels) this.#drain(channel);
  }

  /** Receives what has arrived, and stops. */
  stop(): void {
    unsubscribe(THREADS, this.#watch);
    for (const channel of this.#channels) this.#close(channel);
  }

  readonly #take = catchErrors('Receiving the spans of a thread', (message: unknown): void => {
    const spans = message as readonly SpanData[];
    leave(this.#backlog, spans.length);
    for (const span of spans) this.#receive(span);
  });

  readonly #watch = catchErrors('Watching the spans of a thread', (message: unknown): void => {
    const { worker } = message as { readonly worker: Worker };
    const channel = openSpanChannel(worker.threadId);
    this.#channels.add(channel);
    channel.onmessage = (event) => this.#take((event as { readonly data: unknown }).data);
    worker.once('exit', () => this.#close(channel));
  });

  #drain(channel: SpanChannel): void {
    for (;;) {
      const entry = readSpanChannel(channel);
      if (entry === undefined) return;
      this.#take(entry.message);
    }
  }

  #close(channel: SpanChannel): void {
    if (!this.#channels.delete(channel)) return;
    this.#drain(channel);
    channel.close();
  }
}
