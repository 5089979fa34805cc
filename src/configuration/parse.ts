import { ConfigurationError } from './configuration-error.js';

/**
 * Returns the typed value of a setting. The input comes from code, or from an environment variable (always a string).
 *
 * @throws ConfigurationError if the value cannot be used
 */
export type Parser<T> = (value: unknown, setting: string) => T;

/** Parses a non-empty string and trims it. */
export const parseText: Parser<string> = (value, setting) => {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new ConfigurationError(setting, value, 'a non-empty string');
};

/** Parses a boolean, or the strings `true` and `false` in any case. */
export const parseBoolean: Parser<boolean> = (value, setting) => {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ConfigurationError(setting, value, 'true, false');
};

/** Accepts a boolean. For options in code, where a string is a mistake. */
export const parseSwitch: Parser<boolean> = (value, setting) => {
  if (typeof value === 'boolean') return value;
  throw new ConfigurationError(setting, value, 'true, false');
};

/** Longest delay of a Node timer, ms. Node replaces a longer one by 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647;

/** Returns a parser of delays that a timer supports, ms. */
export const millisecondsParser =
  (minimum: number): Parser<number> =>
  (value, setting) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= MAX_TIMER_MS)
      return number;
    throw new ConfigurationError(setting, value, `an integer from ${minimum} to ${MAX_TIMER_MS}`);
  };

/** Returns a parser of strings from a fixed set. */
export const enumParser =
  <const T extends string>(allowed: readonly T[]): Parser<T> =>
  (value, setting) => {
    const found = allowed.find((name) => name === (typeof value === 'string' ? value.trim() : value));
    if (found !== undefined) return found;
    throw new ConfigurationError(setting, value, allowed.join(', '));
  };

/** Accepts a string, also an empty one. */
export const parseString: Parser<string> = (value, setting) => {
  if (typeof value === 'string') return value;
  throw new ConfigurationError(setting, value, 'a string');
};

/** Accepts a function. */
export const parseFunction: Parser<never> = (value, setting) => {
  if (typeof value === 'function') return value as never;
  throw new ConfigurationError(setting, value, 'a function');
};

/** Returns a parser of lists, which parses each item. */
export const listParser =
  <T>(parse: Parser<T>): Parser<readonly T[]> =>
  (value, setting) => {
    if (!Array.isArray(value)) throw new ConfigurationError(setting, value, 'a list');
    return value.map((item, index) => parse(item, `${setting}[${index}]`));
  };

/** Returns a parser of objects with any keys, which parses each value. */
export const recordParser =
  <T>(parse: Parser<T>): Parser<Readonly<Record<string, T>>> =>
  (value, setting) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new ConfigurationError(setting, value, 'an object');
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, parse(item, `${setting}.${key}`)]),
    );
  };
