import type { Parser } from './parse.js';

/** A setting that code or an environment variable can give. */
export interface Setting<T> {
  /** Name of the environment variable; absent if there is none. */
  readonly env?: string;
  readonly parse: Parser<T>;
  readonly default: T;
  /** Noun phrase for the table of settings in the documentation. */
  readonly description: string;
}

export const setting = <T>(
  env: string | undefined,
  parse: Parser<T>,
  defaultValue: T,
  description: string,
): Setting<T> => ({ env, parse, default: defaultValue, description });

export type Environment = Readonly<Record<string, string | undefined>>;

/** An unparsed value and the name of its source: an option or an environment variable. */
export type Found = { readonly value: unknown; readonly source: string } | undefined;

/**
 * Returns the value of a setting: from code, else from its environment variable.
 *
 * @throws ConfigurationError naming the source
 */
export function readSetting<T>(
  { env, parse }: Setting<T>,
  { code, environment }: { code: Found; environment: Environment },
): T | undefined {
  const found = code ?? (env === undefined ? undefined : readVariable(environment, env));
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
