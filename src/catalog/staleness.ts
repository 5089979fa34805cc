/** Samples are true for this many sampling intervals. */
const STALE_AFTER_INTERVALS = 3;
/** The interval assumed of samplers that do not tell theirs: Snakepit's default, in ms. */
const DEFAULT_INTERVAL_MS = 5000;

/** How long the sample that an event carries may be reported, ms. */
export function stalenessMs({ metadata }: { readonly metadata: Readonly<Record<string, unknown>> }): number {
  const interval = metadata.interval_ms;
  return (
    STALE_AFTER_INTERVALS * (typeof interval === 'number' && interval > 0 ? interval : DEFAULT_INTERVAL_MS)
  );
}
