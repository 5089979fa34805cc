/** Samples are true for this many sampling intervals. */
const INTERVALS_TO_LIVE = 3;
/** The interval assumed of samplers that do not tell theirs: Snakepit's default, in ms. */
const DEFAULT_INTERVAL_MS = 5000;

/** How long the sample that an event carries may be reported, ms. */
export function sampleLifetimeMs({
  metadata,
}: {
  readonly metadata: Readonly<Record<string, unknown>>;
}): number {
  const interval = metadata.interval_ms;
  return INTERVALS_TO_LIVE * (typeof interval === 'number' && interval > 0 ? interval : DEFAULT_INTERVAL_MS);
}
