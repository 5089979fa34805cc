import type { HrTime } from '@opentelemetry/api';

const NANOSECONDS = 1_000_000_000;

/** Converts nanoseconds since the epoch, a number or bigint; returns `undefined` for anything else. */
export function fromEpochNanoseconds(value: unknown): HrTime | undefined {
  if (typeof value === 'bigint') return [Number(value / 1_000_000_000n), Number(value % 1_000_000_000n)];
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return undefined;
  const seconds = Math.floor(value / NANOSECONDS);
  return [seconds, Math.round(value - seconds * NANOSECONDS)];
}

/** Returns the current wall clock time. */
export function now(): HrTime {
  const milliseconds = Date.now();
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1_000_000];
}

/** Returns the time `by` nanoseconds later, or earlier if negative. */
export function shift([seconds, nanoseconds]: HrTime, by: number): HrTime {
  const wholeSeconds = Math.floor(by / NANOSECONDS);
  const rest = nanoseconds + Math.round(by - wholeSeconds * NANOSECONDS);
  const carry = rest >= NANOSECONDS ? 1 : 0;
  return [seconds + wholeSeconds + carry, rest - carry * NANOSECONDS];
}

/** Returns a duration in nanoseconds; `undefined` for anything that is not a valid one. */
export function durationOf(value: unknown): number | undefined {
  const duration = typeof value === 'bigint' ? Number(value) : value;
  return typeof duration === 'number' && Number.isFinite(duration) && duration >= 0 ? duration : undefined;
}
