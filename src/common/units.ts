/** Bytes in a mebibyte. */
export const MEBIBYTE = 1_048_576;

/** Converts bytes to MiB, rounded to a whole number. */
export const toMebibytes = (bytes: number | undefined): number | undefined =>
  bytes === undefined ? undefined : Math.round(bytes / MEBIBYTE);

/** Factors by target unit and source unit (UCUM). */
const FACTORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  s: { ns: 1e-9, us: 1e-6, ms: 1e-3 },
  ms: { ns: 1e-6, us: 1e-3, s: 1e3 },
  By: { KiBy: 1024, MiBy: MEBIBYTE, GiBy: 1024 * MEBIBYTE },
  '1': { '%': 0.01 },
};

/** Returns the factor that converts a value from one UCUM unit to another; `undefined` for units that do not convert. */
export const conversionFactor = (from: string, to: string): number | undefined =>
  dimensionless(from) === dimensionless(to) ? 1 : FACTORS[to]?.[from];

/** An annotation such as `{request}` has no dimension. https://ucum.org/ucum#para-6 */
const dimensionless = (unit: string): string => (/^\{.*\}$/.test(unit) ? '1' : unit);

/** Returns the units that a value in `from` converts to, besides itself. */
export const targetUnits = (from: string): string[] =>
  Object.keys(FACTORS).filter((to) => FACTORS[to]?.[from] !== undefined);

/**
 * Converts milliseconds to nanoseconds, the unit of durations on the bus. A negative duration, after the clock was set back, is 0.
 *
 * @param milliseconds duration, ms
 * @returns duration, ns
 */
export const nanoseconds = (milliseconds: number): number => Math.max(0, Math.round(milliseconds * 1e6));
