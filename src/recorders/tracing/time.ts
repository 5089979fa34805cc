import type { HrTime } from '@opentelemetry/api';
import { INT64_END } from '../../common/int64.js';
import { wallClockMs } from '../../common/wall-clock.js';

const NANOSECONDS = 1_000_000_000;
const NS_PER_MS = 1_000_000;
/** End of OTLP's 64-bit times, s. */
const END_S = Math.floor(INT64_END / NANOSECONDS);

/** Converts nanoseconds since the epoch, a number or bigint; returns `undefined` for anything else, such as a time that OTLP has no room for. */
export function fromEpochNanoseconds(value: unknown): HrTime | undefined {
  if (!((typeof value === 'number' || typeof value === 'bigint') && value > 0 && value < INT64_END))
    return undefined;
  if (typeof value === 'bigint') return [Number(value / 1_000_000_000n), Number(value % 1_000_000_000n)];
  const seconds = Math.floor(value / NANOSECONDS);
  return [seconds, Math.round(value - seconds * NANOSECONDS)];
}

/** Converts a time to nanoseconds since the epoch, rounded to 256 ns as a number is today. */
export const toNanoseconds = ([seconds, nanoseconds]: HrTime): number => seconds * NANOSECONDS + nanoseconds;

/**
 * Returns the current wall clock time with the resolution of `performance.now()`.
 *
 * @param elapsed the result of `performance.now()`
 */
export function now(elapsed = performance.now()): HrTime {
  const milliseconds = wallClockMs(elapsed);
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * NS_PER_MS)];
}

/** Returns the time `by` nanoseconds later, or earlier if negative; within the times that OTLP has room for. */
export function shift([seconds, nanoseconds]: HrTime, by: number): HrTime {
  const wholeSeconds = Math.floor(by / NANOSECONDS);
  if (seconds + wholeSeconds < 0) return [0, 0];
  if (seconds + wholeSeconds >= END_S) return [END_S, 0];
  const rest = nanoseconds + Math.round(by - wholeSeconds * NANOSECONDS);
  const carry = rest >= NANOSECONDS ? 1 : 0;
  return [seconds + wholeSeconds + carry, rest - carry * NANOSECONDS];
}

/** Returns a duration in nanoseconds; `undefined` for anything that is not a valid one. */
export function durationOf(value: unknown): number | undefined {
  const duration = typeof value === 'bigint' ? Number(value) : value;
  return typeof duration === 'number' && Number.isFinite(duration) && duration >= 0 ? duration : undefined;
}
