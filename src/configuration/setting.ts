import type { Parser } from './parse.js';

/** A setting that code, an environment variable or a file can give. */
export interface Setting<T, D extends T | undefined = T> {
  /** Name of the environment variable; absent if there is none. */
  readonly env?: string;
  readonly parse: Parser<T>;
  readonly default: D;
  /** Noun phrase for the table of settings in the documentation. */
  readonly description: string;
}

export const setting = <T>(
  env: string | undefined,
  parse: Parser<T>,
  defaultValue: T,
  description: string,
): Setting<T> => ({ env, parse, default: defaultValue, description });

/** Returns a setting without a default: its consumer decides if it is absent. */
export const optionalSetting = <T>(
  env: string,
  parse: Parser<T>,
  description: string,
): Setting<T, undefined> => ({ env, parse, default: undefined, description });

export type Environment = Readonly<Record<string, string | undefined>>;

/** An unparsed value and the name of its source: an option, an environment variable or a file entry. */
export type Found = { readonly value: unknown; readonly source: string } | undefined;

/**
 * Returns the value of a setting: from code, else from its environment variable, else from a file.
 *
 * @throws ConfigurationError naming the source
 */
export function readSetting<T>(
  { env, parse }: Setting<T, T | undefined>,
  { code, environment, file }: { code: Found; environment: Environment; file?: Found },
): T | undefined {
  const found = code ?? (env === undefined ? undefined : readVariable(environment, env)) ?? file;
  return found === undefined ? undefined : parse(found.value, found.source);
}

/**
 * Returns an environment variable. An empty one counts as unset.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#parsing-empty-value
 */
export function readVariable(
  environment: Environment,
  name: string,
): (Found & { value: string }) | undefined {
  const value = environment[name]?.trim();
  return value ? { value, source: name } : undefined;
}
