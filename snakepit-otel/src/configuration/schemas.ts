// Schemas of values that several settings have. Each message describes the allowed values.
import { MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';

export const integer = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER, unit = '') => {
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  const allowed = `an integer ${range}${unit}`;
  return v.pipe(
    v.number(allowed),
    v.integer(allowed),
    v.minValue(minimum, allowed),
    v.maxValue(maximum, allowed),
  );
};
export const milliseconds = (minimum: number) => integer(minimum, MAX_TIMER_MS, ' (ms)');
export const port = integer(0, 65_535);
export const flag = v.boolean('true, false');
export const oneOf = <const T extends string>(names: readonly T[]) => v.picklist(names, names.join(', '));
export const listOf = <const T extends string>(names: readonly T[]) =>
  v.array(oneOf(names), `a list of ${names.join(', ')}`);

/** Text that is not blank. */
export const textOf = (allowed: string) => v.pipe(v.string(allowed), v.regex(/\S/, allowed));
export const text = textOf('a non-empty string');
export const stringRecord = v.record(v.string(), v.string('strings'), 'an object of strings');
