import { propagatorNames } from '../../configuration/merge-lists.js';
import type { ResolvedConfiguration } from '../../configuration/resolve.js';
import type { Providers } from '../providers.js';
import { type Backlog, createBacklog, takeDropped } from './backlog.js';
import { readableSpan } from './span-data.js';
import { SpanReceiver } from './span-receiver.js';
import { setThreadSettings } from './thread-settings.js';

/** The telemetry of the threads that are created from now on. Their spans are processed like those of this thread. */
export class ThreadTelemetry {
  readonly #backlog: Backlog = createBacklog();
  readonly #receiver: SpanReceiver;
  readonly #lose: (count: number) => void;

  /** @param lose counts spans that were dropped, because too many waited for this thread */
  constructor(
    { model, settings }: ResolvedConfiguration,
    { spanProcessors, spanLimits, resource }: Providers,
    lose: (count: number) => void,
  ) {
    this.#lose = lose;
    this.#receiver = new SpanReceiver(this.#backlog, (data) => {
      const span = readableSpan(data, resource);
      for (const processor of spanProcessors) processor.onEnd(span);
    });
    setThreadSettings({
      sampler: model.tracer_provider?.sampler,
      spanLimits,
      propagators: propagatorNames(model.propagator ?? {}),
      spans: settings.spans,
      backlog: this.#backlog,
    });
  }

  /** Receives the spans that threads have sent. */
  drain(): void {
    this.#receiver.drain();
    const dropped = takeDropped(this.#backlog);
    if (dropped > 0) this.#lose(dropped);
  }

  /** Receives the spans that threads have sent, and stops. */
  stop(): void {
    setThreadSettings(undefined);
    this.drain();
    this.#receiver.stop();
  }
}
