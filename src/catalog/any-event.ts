import type { Span } from '@opentelemetry/api';

/** An event of any name, as recorders read it: its values are untrusted. */
export interface AnyEvent {
  /** Name of the event. */
  readonly name: string;
  /** Numbers, by key. */
  readonly measurements: Readonly<Record<string, unknown>>;
  /** Everything else, by key. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** OTel span of the operation. Only events of the Span helper carry one. */
  readonly span?: Span;
}
