import type { UnfinishedSpansConfig } from 'opentelemetry-instrumentation-snakepit';
import { MAX_TIMER_MS, SPAN_TIMES } from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d+)(ms|s|m|h)$/;
/** Durations that a timer supports. */
const POSITIVE = /^(?:[1-9]\d{0,8}ms|[1-9]\d{0,5}s|[1-9]\d{0,3}m|[1-9]\d?h)$/;
const ZERO_OR_MORE = /^(?:0s|[1-9]\d{0,8}ms|[1-9]\d{0,5}s|[1-9]\d{0,3}m|[1-9]\d?h)$/;

function millisecondsOf(text: string): number {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  return Number(count) * (MS_PER_UNIT[unit] ?? Number.NaN);
}

const textOf = (ms: number): string => (ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`);

const milliseconds = (minimum: number) => {
  const allowed = `an integer from ${minimum} to ${MAX_TIMER_MS}`;
  return v.pipe(
    v.number(allowed),
    v.integer(allowed),
    v.minValue(minimum, allowed),
    v.maxValue(MAX_TIMER_MS, allowed),
  );
};

/** Schema of a duration in a file: `15m`. */
function duration(pattern: RegExp, fallback: number, description: string) {
  const allowed = 'a duration such as 500ms, 5s, 15m or 2h, at most 99h';
  const schema = v.pipe(v.string(allowed), v.regex(pattern, allowed), v.description(description));
  return v.optional(schema, textOf(fallback));
}

/** Schema of the option `spans`. */
export const SPANS_SCHEMA: v.GenericSchema<unknown, UnfinishedSpansConfig> = v.strictObject(
  { maxAgeMs: v.optional(milliseconds(1)), unfinishedGraceMs: v.optional(milliseconds(0)) },
  'an object with maxAgeMs and unfinishedGraceMs',
);

/** Schema of `spans` in a file. */
export const SPANS_FILE_SCHEMA = v.strictObject(
  {
    max_age: duration(POSITIVE, SPAN_TIMES.maxAgeMs, 'time since the start event'),
    unfinished_grace: duration(
      ZERO_OR_MORE,
      SPAN_TIMES.unfinishedGraceMs,
      'time since the end of the call that the span belongs to',
    ),
  },
  'an object with max_age and unfinished_grace',
);

/** Returns the option that `spans` of a file stands for. */
export function spansFromFile(value: unknown): UnfinishedSpansConfig {
  const { max_age: maxAge, unfinished_grace: grace } = value as v.InferOutput<typeof SPANS_FILE_SCHEMA>;
  return { maxAgeMs: millisecondsOf(maxAge), unfinishedGraceMs: millisecondsOf(grace) };
}
