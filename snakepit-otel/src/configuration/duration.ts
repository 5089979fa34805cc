import * as v from 'valibot';
import { milliseconds } from './schemas.js';

const MS_PER_UNIT: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^(\d+)(ms|s|m|h)$/;
/** Durations that a timer supports. */
const POSITIVE = /^(?:[1-9]\d{0,8}ms|[1-9]\d{0,5}s|[1-9]\d{0,3}m|[1-9]\d?h)$/;
const ZERO_OR_MORE = /^(?:0s|[1-9]\d{0,8}ms|[1-9]\d{0,5}s|[1-9]\d{0,3}m|[1-9]\d?h)$/;

/** Returns the milliseconds of a duration in a file: `15m` → 900000. */
export function durationMs(text: string): number {
  const [, count, unit = ''] = DURATION.exec(text) ?? [];
  return Number(count) * (MS_PER_UNIT[unit] ?? Number.NaN);
}

/** Returns a duration as in a file, in the largest unit that needs no fraction: 900000 → `15m`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  const unit = ['h', 'm', 's'].find((each) => ms % (MS_PER_UNIT[each] as number) === 0) ?? 'ms';
  return `${ms / (MS_PER_UNIT[unit] as number)}${unit}`;
}

/** Returns the schema of a duration in a file. @param minimumMs least duration, ms; 0 allows `0s` */
export function durationSchema(minimumMs: number): v.GenericSchema<unknown, string> {
  const least = minimumMs > 1 ? `at least ${durationText(minimumMs)}, ` : '';
  const allowed = `a duration such as 500ms, 5s, 15m or 2h, ${least}at most 99h`;
  const format = v.pipe(v.string(allowed), v.regex(minimumMs === 0 ? ZERO_OR_MORE : POSITIVE, allowed));
  return v.pipe(
    format,
    v.check((text) => durationMs(text) >= minimumMs, allowed),
  );
}

/** Parts of a setting that is a duration in a file, and milliseconds in code. */
export const durationInFile = (minimumMs: number) => ({
  schema: milliseconds(minimumMs),
  fileSchema: durationSchema(minimumMs),
  fromFile: (text: unknown) => durationMs(text as string),
  toFile: durationText,
});
