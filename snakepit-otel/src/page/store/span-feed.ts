import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { catalogEvents, catchErrors, forgetOldest } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Span, SpanEvent } from '../contract.js';
import { MAX_TEXT } from './limits.js';
import type { PageStore } from './page-store.js';
import { linesOf } from './values.js';

/** https://opentelemetry.io/docs/specs/semconv/exceptions/ */
const EXCEPTION = 'exception';
/** Exceptions that are remembered, so that the spans around do not report them again. */
const MAX_REMEMBERED = 500;
const ERROR_EVENTS: ReadonlySet<string> = new Set(
  catalogEvents.flatMap(([name, { isError }]) => (isError ? [name] : [])),
);

/** Passes ended spans to the store. */
export class SpanFeed implements SpanProcessor {
  readonly #store: PageStore;
  readonly #reported = new Set<string>();

  constructor(store: PageStore) {
    this.#store = store;
  }

  readonly onStart = (): void => {};

  readonly onEnd = catchErrors('Showing a span on the page', (span: ReadableSpan): void => {
    const { traceId } = span.spanContext();
    this.#addErrors(traceId, this.#store.traces.add(span));
    this.#store.limitBytes();
  });

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}

  #addErrors(trace: string, span: Span): void {
    let isReported = false;
    for (const { name, ts } of span.events) {
      if (ERROR_EVENTS.has(name))
        isReported = this.#store.errors.link(name, ts, trace, span.id) || isReported;
    }
    if (isReported || span.status !== 'error') return;
    const exception = span.events.findLast(({ name }) => name === EXCEPTION);
    if (exception !== undefined) this.#addException(trace, span, exception);
  }

  /** An exception ends the spans around as well: the innermost one, which ends first, is its place. */
  #addException(trace: string, span: Span, { ts, attributes }: SpanEvent): void {
    const type = String(attributes['exception.type'] ?? 'Error');
    const message = String(attributes['exception.message'] ?? span.statusMessage ?? '');
    const key = `${trace} ${type} ${message}`;
    if (this.#reported.has(key)) return;
    forgetOldest(this.#reported, MAX_REMEMBERED);
    this.#reported.add(key);
    const stack = attributes['exception.stacktrace'];
    this.#store.errors.add({
      event: EXCEPTION,
      ts,
      kind: EXCEPTION,
      type,
      message: linesOf(message) ?? type,
      place: span.name.slice(0, MAX_TEXT),
      trace,
      span: span.id,
      attributes: span.attributes,
      ...(typeof stack === 'string' ? { traceback: stack } : undefined),
    });
  }
}
