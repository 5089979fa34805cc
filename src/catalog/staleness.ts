import type { AnyEvent } from './any-event.js';

/** Sampling intervals after which a sample expires. */
const STALE_AFTER_INTERVALS = 3;
/** Sampling interval of samplers that do not report theirs: Snakepit's default, ms. */
const DEFAULT_INTERVAL_MS = 5000;

/** Returns the time after which the sample that an event carries expires, ms. */
export function stalenessMs({ metadata }: AnyEvent): number {
  const interval = metadata.interval_ms;
  return (
    STALE_AFTER_INTERVALS * (typeof interval === 'number' && interval > 0 ? interval : DEFAULT_INTERVAL_MS)
  );
}
