/** Latest time that `Date.now()` may stand for, less its value, ms. */
const LATEST_MS = 1 - 1e-3;

/** Wall clock time at 0 of `performance.now()`, ms. */
let origin = 0;

/**
 * Returns the wall clock time, ms since the epoch, with the resolution of `performance.now()`. It is in the millisecond that `Date.now()`
 * returns, so that it follows the adjustments of the clock, and not before the real time by more than 1 µs.
 *
 * @param elapsed the result of `performance.now()`
 */
export function wallClockMs(elapsed = performance.now()): number {
  const date = Date.now();
  const late = origin + elapsed - date;
  if (late < 0 || late > LATEST_MS) origin = date + LATEST_MS - elapsed;
  return origin + elapsed;
}
