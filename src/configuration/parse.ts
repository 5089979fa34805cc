import { ConfigurationError } from './configuration-error.js';

/** Makes a setting of what code, a variable (always a string) or a file gives. Throws ConfigurationError. */
export type Parse<T> = (value: unknown, setting: string) => T;

export const text: Parse<string> = (value, setting) => {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw new ConfigurationError(setting, value, 'text that is not empty');
};

export const flag: Parse<boolean> = (value, setting) => {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.toLowerCase() : undefined;
  if (word === 'true' || word === 'false') return word === 'true';
  throw new ConfigurationError(setting, value, 'true, false');
};

export const integer =
  (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Parse<number> =>
  (value, setting) => {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isInteger(number) && number >= minimum && number <= maximum)
      return number;
    const upTo = maximum === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${maximum}`;
    throw new ConfigurationError(setting, value, `a whole number of at least ${minimum}${upTo}`);
  };

/** Node's timers take a longer time for 1 ms. */
export const MAX_TIMER_MS = 2_147_483_647;

/** A time that a timer can wait. */
export const milliseconds = (minimum: number): Parse<number> => integer(minimum, MAX_TIMER_MS);

export const oneOf =
  <const T extends string>(allowed: readonly T[]): Parse<T> =>
  (value, setting) => {
    const found = allowed.find((name) => name === (typeof value === 'string' ? value.trim() : value));
    if (found !== undefined) return found;
    throw new ConfigurationError(setting, value, allowed.join(', '));
  };

/** A list, or a string with commas; `none` is a list of nothing. */
export const listOf =
  <const T extends string>(allowed: readonly T[]): Parse<T[]> =>
  (value, setting) => {
    const items = typeof value === 'string' ? value.split(',').filter((item) => item.trim() !== '') : value;
    if (!Array.isArray(items))
      throw new ConfigurationError(setting, value, `a list of ${allowed.join(', ')}`);
    const names = items.map((item) => oneOf(allowed)(item, setting));
    return [...new Set(names)].filter((name) => name !== 'none');
  };

export const url: Parse<string> = (value, setting) => {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    return value;
  throw new ConfigurationError(setting, value, 'a URL that begins with http:// or https://');
};

export const path: Parse<string> = (value, setting) => {
  if (typeof value === 'string' && /^\/\S*$/.test(value)) return value;
  throw new ConfigurationError(setting, value, 'a path that begins with /');
};

/** An object of strings, or `key=value` pairs with commas, percent-encoded as the OTel specification says. */
export const pairs: Parse<Record<string, string>> = (value, setting) => {
  const entries =
    typeof value === 'string' ? value.split(',').filter(Boolean).map(pair) : Object.entries(value ?? {});
  const whole = entries.every(
    (entry) => entry?.length === 2 && entry.every((part) => typeof part === 'string'),
  );
  if (!whole) throw new ConfigurationError(setting, value, 'pairs of text, key=value');
  return Object.fromEntries(entries as [string, string][]);
};

function pair(text: string): [string, string] | undefined {
  const at = text.indexOf('=');
  if (at < 1) return undefined;
  try {
    return [text.slice(0, at).trim(), decodeURIComponent(text.slice(at + 1).trim())];
  } catch {
    return undefined;
  }
}
