import type { AnyEvent } from '../../catalog/any-event.js';

/** Ids that events of one operation share; each is empty if the event has none. */
export interface EventIds {
  readonly producer: string;
  readonly worker: string;
  readonly correlation: string;
  readonly traceparent: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Returns the ids of an event. */
export const idsOf = ({ metadata, remote }: AnyEvent): EventIds => ({
  producer: remote?.producer ?? '',
  worker: textOf(metadata.worker_id),
  correlation: textOf(metadata.correlation_id),
  traceparent: remote?.traceparent ?? '',
});

/** Begins the keys of spans with a `telemetry_span_context`. */
const BY_CONTEXT = '\0';

/** Returns the key that the start and the stop event of a span share. */
export function pairKeyOf(name: string, { metadata }: AnyEvent, ids: EventIds): string {
  const { telemetry_span_context: context } = metadata;
  return typeof context === 'string' || typeof context === 'number'
    ? `${BY_CONTEXT}${name}\0${context}\0${ids.producer}`
    : `${name}\0${ids.correlation}\0${ids.worker}\0${ids.producer}`;
}

/** Returns true for the key of a `telemetry_span_context`, which one start event and one stop event have. */
export const isByContext = (key: string): boolean => key.startsWith(BY_CONTEXT);
