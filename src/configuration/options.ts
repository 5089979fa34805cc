import { ConfigurationError } from './configuration-error.js';
import type { Parser } from './parse.js';

/** A parser for each option. */
export type OptionParsers<T> = { readonly [K in keyof T]-?: Parser<NonNullable<T[K]>> };

/**
 * Returns the options that are set, parsed.
 *
 * @param owner the function, class or object that has the options, for messages
 * @param nameOf returns the name of an option in messages. @default its key
 * @throws ConfigurationError for an unknown option, or a value that cannot be used
 */
export function parseOptions<T extends object>(
  owner: string,
  options: unknown,
  parsers: OptionParsers<T>,
  nameOf: (key: string) => string = (key) => key,
): Partial<T> {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ConfigurationError(owner, options, 'an object');
  const known = Object.keys(parsers) as (keyof T & string)[];
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(parsers, key))
      throw new ConfigurationError(`option of ${owner}`, key, known.toSorted().join(', '));
  }
  const parsed: Partial<T> = {};
  for (const key of known) {
    const value = (options as Partial<T>)[key];
    if (value !== undefined) parsed[key] = parsers[key](value, nameOf(key));
  }
  return parsed;
}
