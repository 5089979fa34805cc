import type { HrTime, Span } from '@opentelemetry/api';
import type { AnyEvent } from '../../catalog/any-event.js';

/** A span whose start event was received, and whose stop event was not. */
export interface OpenSpan {
  readonly name: string;
  readonly span: Span;
  readonly startTime: HrTime;
  /** Lookup keys: the pair key of its end event, and the ids it shares with other events. */
  readonly keys: readonly string[];
}

/** Metadata that events of one operation share, the most specific first. */
const SHARED_KEYS = ['correlation_id', 'worker_id'] as const;

const pairKey = (name: string, { metadata }: AnyEvent): string => {
  const { telemetry_span_context: context, correlation_id: correlation, worker_id: worker } = metadata;
  return `${name} ${context ?? `${correlation ?? ''} ${worker ?? ''}`}`;
};

const sharedKeys = ({ metadata }: AnyEvent): string[] =>
  SHARED_KEYS.flatMap((key) => (typeof metadata[key] === 'string' ? `${key}=${metadata[key]}` : []));

/** The open spans. Past `limit`, the oldest is passed to `abandon`. */
export class OpenSpans {
  readonly #byKey = new Map<string, OpenSpan[]>();
  readonly #all = new Set<OpenSpan>();

  readonly #limit: number;
  readonly #abandon: (open: OpenSpan) => void;

  constructor(limit: number, abandon: (open: OpenSpan) => void) {
    this.#limit = limit;
    this.#abandon = abandon;
  }

  add(name: string, event: AnyEvent, span: Span, startTime: HrTime): void {
    const open: OpenSpan = { name, span, startTime, keys: [pairKey(name, event), ...sharedKeys(event)] };
    this.#all.add(open);
    for (const key of open.keys) {
      const stack = this.#byKey.get(key);
      if (stack === undefined) this.#byKey.set(key, [open]);
      else stack.push(open);
    }
    const [oldest] = this.#all;
    if (this.#all.size > this.#limit && oldest !== undefined) {
      this.#remove(oldest);
      this.#abandon(oldest);
    }
  }

  /** Removes and returns the span that a stop or exception event ends: the newest with its name and ids. */
  take(name: string, event: AnyEvent): OpenSpan | undefined {
    const open = this.#byKey.get(pairKey(name, event))?.at(-1);
    if (open !== undefined) this.#remove(open);
    return open;
  }

  /** Returns the innermost open span with the correlation id of this event, or else with its worker. */
  related(event: AnyEvent): OpenSpan | undefined {
    for (const key of sharedKeys(event)) {
      const open = this.#byKey.get(key)?.at(-1);
      if (open !== undefined) return open;
    }
    return undefined;
  }

  /** Passes every open span to `abandon`. */
  clear(): void {
    const open = [...this.#all];
    this.#all.clear();
    this.#byKey.clear();
    for (const each of open) this.#abandon(each);
  }

  #remove(open: OpenSpan): void {
    this.#all.delete(open);
    for (const key of open.keys) {
      const stack = this.#byKey.get(key);
      stack?.splice(stack.lastIndexOf(open), 1);
      if (stack?.length === 0) this.#byKey.delete(key);
    }
  }
}
