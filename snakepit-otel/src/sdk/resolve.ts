import { readFileSync } from 'node:fs';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import {
  choose,
  type Environment,
  errorMessage,
  type Found,
  type Setting,
  variable,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { parse as parseYaml } from 'yaml';

import type { TelemetryOptions } from './options.js';
import { type ResolvedSettings, SETTINGS, type SettingName } from './settings.js';

const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;
export type Signal = (typeof SIGNALS)[number];

const OTLP_SETTINGS = ['endpoint', 'protocol', 'headers', 'timeoutMs', 'compression'] as const;

/** How a signal is exported over OTLP. What is absent, its exporter reads from OTel's variables. */
export type OtlpSettings = Partial<{
  readonly [N in (typeof OTLP_SETTINGS)[number]]: ResolvedSettings[`otlp.${N}`];
}> & { readonly protocol: ResolvedSettings['otlp.protocol'] };

export interface Resolved {
  readonly settings: ResolvedSettings;
  readonly otlp: (signal: Signal) => OtlpSettings;
}

/**
 * Defaults of a program that has its own.
 *
 * @param isOtlpGiven whether there is an endpoint for OTLP, of any signal
 */
export type Defaults = (isOtlpGiven: boolean) => Partial<ResolvedSettings>;

/**
 * Code beats environment beats file beats default.
 *
 * @throws ConfigurationError naming the option, variable or file entry, its value, and what is allowed
 */
export function resolve(
  options: TelemetryOptions,
  environment: Environment,
  defaultsOf: Defaults = () => ({}),
): Resolved {
  const path = options.configFile ?? variable(environment, 'SNAKEPIT_OTEL_CONFIG_FILE')?.value;
  const fromCode = settingsOf(options, (name) => name);
  const fromFile =
    path === undefined ? () => undefined : settingsOf(readFile(path), (name) => `${name} in ${path}`);
  const given = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, setting]) => [
      name,
      choose(setting as Setting<unknown>, { code: fromCode(name), environment, file: fromFile(name) }),
    ]),
  ) as Partial<ResolvedSettings>;

  /** OTel has variables for each signal, which go before those for all. */
  const ofSignals = new Map(
    SIGNALS.map((signal) => [
      signal,
      Object.fromEntries(OTLP_SETTINGS.map((name) => [name, own(signal, name)])),
    ]),
  );
  function own(signal: Signal, name: (typeof OTLP_SETTINGS)[number]): unknown {
    const { env, parse } = SETTINGS[`otlp.${name}`];
    const found = variable(environment, `${env}`.replace('OTLP', `OTLP_${signal}`));
    return found === undefined || fromCode(`otlp.${name}`) !== undefined
      ? undefined
      : parse(found.value, found.as);
  }

  const isOtlpGiven =
    given['otlp.endpoint'] !== undefined || [...ofSignals.values()].some(({ endpoint }) => endpoint);
  const defaults = defaultsOf(isOtlpGiven);
  const settings = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, { default: fallback }]) => {
      const name = key as SettingName;
      return [name, given[name] ?? defaults[name] ?? fallback];
    }),
  ) as ResolvedSettings;
  return { settings, otlp: (signal) => otlpOf(settings, ofSignals.get(signal) ?? {}) };
}

function otlpOf(settings: ResolvedSettings, own: Record<string, unknown>): OtlpSettings {
  // Exporters read what is of their signal by themselves, but for the protocol: it decides which exporter it is.
  const left = OTLP_SETTINGS.filter((name) => own[name] === undefined);
  const common = Object.fromEntries(left.map((name) => [name, settings[`otlp.${name}`]]));
  return { protocol: own.protocol, ...common } as OtlpSettings;
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
    throw new ConfigurationError(
      'configuration file',
      file,
      `a readable YAML or JSON file (${errorMessage(error)})`,
    );
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
