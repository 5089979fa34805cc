import { millisecondsParser } from '../../configuration/parse.js';

/** Time that spans wait for their stop event. */
export interface SpanTimes {
  /** Time since the start event, ms. */
  readonly maxAgeMs: number;
  /** Time since the end of its call, ms. */
  readonly unfinishedGraceMs: number;
}

/** Time that spans wait for their stop event, unless the host sets another. */
export const SPAN_TIMES: SpanTimes = { maxAgeMs: 900_000, unfinishedGraceMs: 5000 };

const parseAge = millisecondsParser(1);
const parseGrace = millisecondsParser(0);

/** Returns the times with their defaults. @throws ConfigurationError for a value that a timer does not support */
export const spanTimes = ({
  maxAgeMs = SPAN_TIMES.maxAgeMs,
  unfinishedGraceMs = SPAN_TIMES.unfinishedGraceMs,
}: Partial<SpanTimes> = {}): SpanTimes => ({
  maxAgeMs: parseAge(maxAgeMs, 'spans.maxAgeMs'),
  unfinishedGraceMs: parseGrace(unfinishedGraceMs, 'spans.unfinishedGraceMs'),
});
