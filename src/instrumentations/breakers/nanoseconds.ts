/**
 * Converts a duration of a library into the unit of the bus. A negative duration, after the clock was set back, is 0.
 *
 * @param milliseconds duration, ms
 * @returns duration, ns
 */
export const nanoseconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1e6));
