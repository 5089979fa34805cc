import type { UnfinishedSpansConfig } from 'opentelemetry-instrumentation-snakepit';
import { MAX_TIMER_MS, SPAN_TIMES } from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';
import { durationMs, durationSchema, durationText } from './duration.js';
import { integer } from './schemas.js';

const timer = (minimumMs: number) => integer(minimumMs, MAX_TIMER_MS);

/** Schema of a duration with a default, ms. */
const duration = (minimumMs: number, fallback: number, description: string) =>
  v.optional(v.pipe(durationSchema(minimumMs), v.description(description)), durationText(fallback));

/** Schema of the option `spans`. */
export const SPANS_SCHEMA: v.GenericSchema<unknown, UnfinishedSpansConfig> = v.strictObject(
  { maxAgeMs: v.optional(timer(1)), unfinishedGraceMs: v.optional(timer(0)) },
  'an object with maxAgeMs and unfinishedGraceMs',
);

/** Schema of `spans` in a file. */
export const SPANS_FILE_SCHEMA = v.strictObject(
  {
    max_age: duration(1, SPAN_TIMES.maxAgeMs, 'time since the start event'),
    unfinished_grace: duration(
      0,
      SPAN_TIMES.unfinishedGraceMs,
      'time since the end of the call that the span belongs to',
    ),
  },
  'an object with max_age and unfinished_grace',
);

/** Returns the option that `spans` of a file stands for. */
export function spansFromFile(value: unknown): UnfinishedSpansConfig {
  const { max_age: maxAge, unfinished_grace: grace } = value as v.InferOutput<typeof SPANS_FILE_SCHEMA>;
  return { maxAgeMs: durationMs(maxAge), unfinishedGraceMs: durationMs(grace) };
}

/** Returns `spans` of a file for the option. */
export const spansToFile = ({
  maxAgeMs = SPAN_TIMES.maxAgeMs,
  unfinishedGraceMs = SPAN_TIMES.unfinishedGraceMs,
}: UnfinishedSpansConfig) => ({
  max_age: durationText(maxAgeMs),
  unfinished_grace: durationText(unfinishedGraceMs),
});
