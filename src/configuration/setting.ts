import type { Parse } from './parse.js';

/** Something that code, a variable of the environment or a file can set. */
export interface Setting<T, F extends T | undefined = T> {
  readonly env?: string;
  readonly parse: Parse<T>;
  readonly default: F;
  readonly description: string;
}

export const setting = <T>(
  env: string | undefined,
  parse: Parse<T>,
  fallback: T,
  description: string,
): Setting<T> => ({ env, parse, default: fallback, description });

/** Without a default of ours: what is not given is left to whoever uses it. */
export const optionalSetting = <T>(
  env: string,
  parse: Parse<T>,
  description: string,
): Setting<T, undefined> => ({ env, parse, default: undefined, description });

export type Environment = Readonly<Record<string, string | undefined>>;

/** A value that is not checked yet, and what it is called where it was found. */
export type Found = { readonly value: unknown; readonly as: string } | undefined;

/**
 * What was given for a setting: by code, else by its variable, else by a file.
 *
 * @throws ConfigurationError by the name that it has there
 */
export function choose<T>(
  { env, parse }: Setting<T, T | undefined>,
  { code, environment, file }: { code: Found; environment: Environment; file?: Found },
): T | undefined {
  const found = code ?? (env === undefined ? undefined : variable(environment, env)) ?? file;
  return found === undefined ? undefined : parse(found.value, found.as);
}

/** OTel's specification: an empty variable is one that is not set. */
export function variable(environment: Environment, name: string): (Found & { value: string }) | undefined {
  const value = environment[name]?.trim();
  return value ? { value, as: name } : undefined;
}
