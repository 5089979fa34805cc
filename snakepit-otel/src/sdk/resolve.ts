import {
  type Environment,
  type Found,
  readSetting,
  readVariable,
  type Setting,
} from 'opentelemetry-instrumentation-snakepit/internal';

import { readConfigurationFile } from './configuration-file.js';
import type { TelemetryOptions } from './options.js';
import { type ResolvedSettings, SETTINGS, type SettingName } from './settings.js';

const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;
export type Signal = (typeof SIGNALS)[number];

const OTLP_SETTINGS = ['endpoint', 'protocol', 'headers', 'timeoutMs', 'compression'] as const;
type OtlpSetting = (typeof OTLP_SETTINGS)[number];

/** OTLP settings of one signal. The exporter reads an absent one from its own environment variables. */
export type OtlpSettings = Partial<{ readonly [N in OtlpSetting]: ResolvedSettings[`otlp.${N}`] }> & {
  readonly protocol: ResolvedSettings['otlp.protocol'];
};

export interface ResolvedConfiguration {
  readonly settings: ResolvedSettings;
  readonly otlp: (signal: Signal) => OtlpSettings;
}

/**
 * Returns the defaults of a program that has its own.
 *
 * @param hasOtlpEndpoint true if an OTLP endpoint is set for any signal
 */
export type ProgramDefaults = (hasOtlpEndpoint: boolean) => Partial<ResolvedSettings>;

/**
 * Resolves every setting: code first, then the environment, the file, the program's defaults and the settings' defaults.
 *
 * @throws ConfigurationError naming the option, variable or file entry, its value and the allowed values
 */
export function resolve(
  options: TelemetryOptions,
  environment: Environment,
  programDefaults: ProgramDefaults = () => ({}),
): ResolvedConfiguration {
  const path = options.configFile ?? readVariable(environment, 'SNAKEPIT_OTEL_CONFIG_FILE')?.value;
  const fromCode = lookupIn(options, (name) => name);
  const fromFile =
    path === undefined
      ? () => undefined
      : lookupIn(readConfigurationFile(path, Object.keys(SETTINGS)), (name) => `${name} in ${path}`);
  const given = Object.fromEntries(
    Object.entries(SETTINGS).map(([name, setting]) => [
      name,
      readSetting(setting as Setting<unknown>, {
        code: fromCode(name),
        environment,
        file: fromFile(name),
      }),
    ]),
  ) as Partial<ResolvedSettings>;

  const otlpBySignal = new Map(
    SIGNALS.map((signal) => [
      signal,
      Object.fromEntries(OTLP_SETTINGS.map((name) => [name, readSignalVariable(signal, name)])),
    ]),
  );
  /** A signal's own variable has precedence over the general variable and over a file, not over code. */
  function readSignalVariable(signal: Signal, name: OtlpSetting): unknown {
    const { env, parse } = SETTINGS[`otlp.${name}`];
    const found = readVariable(environment, `${env}`.replace('OTLP', `OTLP_${signal}`));
    return found === undefined || fromCode(`otlp.${name}`) !== undefined
      ? undefined
      : parse(found.value, found.source);
  }

  const hasOtlpEndpoint =
    given['otlp.endpoint'] !== undefined ||
    [...otlpBySignal.values()].some(({ endpoint }) => endpoint !== undefined);
  const defaults = programDefaults(hasOtlpEndpoint);
  const settings = Object.fromEntries(
    Object.entries(SETTINGS).map(([key, { default: defaultValue }]) => {
      const name = key as SettingName;
      return [name, given[name] ?? defaults[name] ?? defaultValue];
    }),
  ) as ResolvedSettings;
  return { settings, otlp: (signal) => otlpSettings(settings, otlpBySignal.get(signal) ?? {}) };
}

/**
 * Leaves out what a variable of the signal sets: the exporter reads it. The protocol is the exception, because it selects the
 * exporter.
 */
function otlpSettings(settings: ResolvedSettings, ofSignal: Record<string, unknown>): OtlpSettings {
  const shared = OTLP_SETTINGS.filter((name) => ofSignal[name] === undefined);
  return {
    protocol: ofSignal.protocol,
    ...Object.fromEntries(shared.map((name) => [name, settings[`otlp.${name}`]])),
  } as OtlpSettings;
}

/** Returns a lookup of settings by dotted name in a nested object. */
function lookupIn(settings: object, describe: (name: string) => string): (name: string) => Found {
  return (name) => {
    let value: unknown = settings;
    for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
    return value === undefined ? undefined : { value, source: describe(name) };
  };
}
