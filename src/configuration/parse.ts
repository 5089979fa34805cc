import { ConfigurationError } from './configuration-error.js';

/**
 * Returns the typed value of a setting. The input comes from code, from an environment variable (always a string) or from a file.
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

/** Returns a parser of integers between two limits, both included. */
export const integerParser =
  (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Parser<number> =>
  (value, setting) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum)
      return number;
    const range =
      maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
    throw new ConfigurationError(setting, value, `an integer ${range}`);
  };

/** Longest delay of a Node timer, ms. Node replaces a longer one by 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647;

/** Returns a parser of delays that a timer supports, ms. */
export const millisecondsParser = (minimum: number): Parser<number> => integerParser(minimum, MAX_TIMER_MS);

/** Returns a parser of strings from a fixed set. */
export const enumParser =
  <const T extends string>(allowed: readonly T[]): Parser<T> =>
  (value, setting) => {
    const found = allowed.find((name) => name === (typeof value === 'string' ? value.trim() : value));
    if (found !== undefined) return found;
    throw new ConfigurationError(setting, value, allowed.join(', '));
  };

/** Returns a parser of lists: an array, or a comma-separated string. Duplicates and `none` are removed. */
export const listParser =
  <const T extends string>(allowed: readonly T[]): Parser<T[]> =>
  (value, setting) => {
    const items = typeof value === 'string' ? value.split(',').filter((item) => item.trim() !== '') : value;
    if (!Array.isArray(items))
      throw new ConfigurationError(setting, value, `a list of ${allowed.join(', ')}`);
    const parseItem = enumParser(allowed);
    const names = items.map((item) => parseItem(item, setting));
    return [...new Set(names)].filter((name) => name !== 'none');
  };

/** Parses an HTTP or HTTPS URL. */
export const parseUrl: Parser<string> = (value, setting) => {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return value;
  throw new ConfigurationError(setting, value, 'an http:// or https:// URL');
};

/** Parses an absolute URL path. */
export const parsePath: Parser<string> = (value, setting) => {
  if (typeof value === 'string' && /^\/\S*$/.test(value)) return value;
  throw new ConfigurationError(setting, value, 'a path that starts with /');
};

/**
 * Parses an object of strings, or comma-separated `key=value` pairs with percent-encoded values.
 *
 * @see https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
 */
export const parseKeyValues: Parser<Record<string, string>> = (value, setting) => {
  const entries =
    typeof value === 'string' ? value.split(',').filter(Boolean).map(parsePair) : Object.entries(value ?? {});
  if (!entries.every(isPair)) throw new ConfigurationError(setting, value, 'key=value pairs');
  return Object.fromEntries(entries);
};

const isPair = (entry: readonly unknown[] | undefined): entry is [string, string] =>
  entry?.length === 2 && entry.every((part) => typeof part === 'string');

function parsePair(text: string): [string, string] | undefined {
  const separator = text.indexOf('=');
  if (separator < 1) return undefined;
  try {
    return [text.slice(0, separator).trim(), decodeURIComponent(text.slice(separator + 1).trim())];
  } catch {
    return undefined;
  }
}
