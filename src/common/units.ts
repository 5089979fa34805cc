/** Factors between units of the bus and units of instruments. */
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  s: { ns: 1e-9, us: 1e-6, ms: 1e-3 },
  ms: { ns: 1e-6, us: 1e-3, s: 1e3 },
  By: { KiBy: 1024, MiBy: 1_048_576, GiBy: 1_073_741_824 },
  '1': { '%': 0.01 },
};

/** Returns the factor that converts a measurement from one unit to another; 1 for unrelated units. */
export const conversionFactor = (from: string, to: string): number => FACTORS[to]?.[from] ?? 1;

/**
 * Converts milliseconds to nanoseconds, the unit of durations on the bus. A negative duration, after the clock was set back, is 0.
 *
 * @param milliseconds duration, ms
 * @returns duration, ns
 */
export const nanoseconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1e6));
