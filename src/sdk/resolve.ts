import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { ConfigurationError } from '../configuration-error.js';
import { OTLP_COMPRESSIONS, OTLP_PROTOCOLS, type OtlpProtocol, type TelemetryOptions } from './options.js';
import { integer, oneOf, type Parse, url } from './parse.js';
import { type ResolvedSettings, SETTINGS } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Found = { readonly value: unknown; readonly as: string } | undefined;

/** Each has OTLP variables of its own, which its exporter reads: checked, so that a mistake is told at start. */
const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;
export type Signal = (typeof SIGNALS)[number];

export interface Resolved {
  readonly settings: ResolvedSettings;
  readonly protocolOf: (signal: Signal) => OtlpProtocol;
  /** Whether a variable of the signal's own decides where it goes; the exporter reads it. */
  readonly endpointFromEnvironment: (signal: Signal) => boolean;
}

/**
 * Code beats environment beats file beats default.
 *
 * @throws ConfigurationError naming the option, variable or file entry, its value, and what is allowed
 */
export function resolve(options: TelemetryOptions, environment: Environment): Resolved {
  const file = options.configFile ?? given(environment, 'SNAKEPIT_OTEL_CONFIG_FILE');
  const fromCode = settingsOf(options, (name) => name);
  const fromFile =
    file === undefined ? () => undefined : settingsOf(readFile(file), (name) => `${name} in ${file}`);

  const entries = Object.entries(SETTINGS).map(([name, { env, parse, fallback }]) => {
    const variable = env === undefined ? undefined : given(environment, env);
    const found =
      fromCode(name) ?? (variable === undefined ? fromFile(name) : { value: variable, as: env as string });
    return [name, found === undefined ? fallback : parse(found.value, found.as)];
  });
  const settings = Object.fromEntries(entries) as ResolvedSettings;

  const ofSignal = <T>(signal: Signal, key: string, parse: Parse<T>): T | undefined => {
    const name = `OTEL_EXPORTER_OTLP_${signal}_${key}`;
    const value = given(environment, name);
    return value === undefined ? undefined : parse(value, name);
  };
  for (const signal of SIGNALS) {
    ofSignal(signal, 'TIMEOUT', integer(1));
    ofSignal(signal, 'COMPRESSION', oneOf(OTLP_COMPRESSIONS));
  }
  const ownEndpoints = new Map(SIGNALS.map((signal) => [signal, ofSignal(signal, 'ENDPOINT', url)]));
  const ownProtocols = new Map(
    SIGNALS.map((signal) => [signal, ofSignal(signal, 'PROTOCOL', oneOf(OTLP_PROTOCOLS))]),
  );
  return {
    settings,
    protocolOf: (signal) => options.otlp?.protocol ?? ownProtocols.get(signal) ?? settings['otlp.protocol'],
    endpointFromEnvironment: (signal) =>
      options.otlp?.endpoint === undefined && ownEndpoints.get(signal) !== undefined,
  };
}

/** OTel's specification: an empty variable is one that is not set. */
function given(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === undefined || value.trim() === '' ? undefined : value;
}

/** Finds settings by dotted name in an object. */
function settingsOf(settings: object, describe: (name: string) => string): (name: string) => Found {
  return (name) => {
    let value: unknown = settings;
    for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
    return value === undefined ? undefined : { value, as: describe(name) };
  };
}

function readFile(file: string): object {
  let content: unknown;
  try {
    content = parseYaml(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError('configuration file', file, `a readable YAML or JSON file (${reason})`);
  }
  if (typeof content !== 'object')
    throw new ConfigurationError('configuration file', file, 'a file with settings');
  const known = Object.keys(SETTINGS);
  for (const name of dottedNames(content as object, known)) {
    if (!known.includes(name)) throw new ConfigurationError(`entry of ${file}`, name, known.join(', '));
  }
  return content as object;
}

/** `{ otlp: { endpoint } }` → `otlp.endpoint`, as deep as settings go. */
function dottedNames(content: object, known: readonly string[], prefix = ''): string[] {
  return Object.entries(content).flatMap(([key, value]) => {
    const name = prefix + key;
    const isGroup = known.some((setting) => setting.startsWith(`${name}.`));
    return isGroup && typeof value === 'object' && value !== null
      ? dottedNames(value, known, `${name}.`)
      : [name];
  });
}
