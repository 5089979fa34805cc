import type { ConfigurationModel } from '@opentelemetry/configuration';
import {
  type Environment,
  omitUndefined,
  readVariable,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { check } from './check.js';
import { checkCombinations } from './check-combinations.js';
import { environmentModel } from './environment-model.js';
import { readEnvironmentValues } from './environment-values.js';
import type { InputsOptions } from './inputs.js';
import { givenOptions, overrideValues } from './option-values.js';
import type { TelemetryOptions, TelemetrySettings } from './options.js';
import { OPTIONS_SCHEMA } from './options-schema.js';
import { overrideModel } from './override-model.js';
import { ownFromEnvironment, ownFromFile } from './own-settings.js';
import { ownPart, readFileModel } from './read-file.js';
import { type OwnSettings, SETTINGS, settingEntries } from './settings.js';
import { layeredUi } from './ui.js';
import { SIGNALS, type VariableValues } from './variables.js';

/** Everything that `startTelemetry()` builds from. */
export interface ResolvedConfiguration {
  /** OpenTelemetry's part. */
  readonly model: ConfigurationModel;
  /** Our part. */
  readonly settings: OwnSettings;
  /** Inputs that the program starts unless settings say otherwise. */
  readonly defaultInputs: InputsOptions;
  /** One line for each value that cannot be used and is replaced by its default. */
  readonly warnings: readonly string[];
}

/**
 * Returns the defaults of a program that has its own. They yield to every given value.
 *
 * @param hasOtlpEndpoint true if an OTLP endpoint is set for any signal
 */
export type ProgramDefaults = (
  hasOtlpEndpoint: boolean,
) => Pick<TelemetrySettings, 'serviceName' | 'traces' | 'metrics' | 'logs' | 'inputs' | 'gpu'>;

/**
 * Resolves the configuration: code first, then the file that `OTEL_CONFIG_FILE` names, else the environment, then defaults. The
 * variables `SNAKEPIT_OTEL_…` have precedence over the file.
 *
 * @throws ConfigurationError for an option, a variable `SNAKEPIT_OTEL_…` or an entry of a file that cannot be used
 */
export function resolve(
  options: TelemetryOptions,
  environment: Environment,
  programDefaults: ProgramDefaults = () => ({}),
): ResolvedConfiguration {
  check(OPTIONS_SCHEMA, omitUndefinedDeep(options), { kind: 'option', describe: (name) => name });
  const given = givenOptions(options);
  const file = options.configFile ?? readVariable(environment, 'OTEL_CONFIG_FILE')?.value;
  const layers = [ownFromCode(given), ownFromEnvironment(environment)];
  if (file !== undefined) {
    const model = readFileModel(file);
    const { serviceName, inputs = {}, gpu } = programDefaults(false);
    if (serviceName !== undefined && !given.has('serviceName') && !hasServiceName(model)) {
      given.set('serviceName', serviceName);
    }
    const isAgent = serviceName !== undefined;
    return {
      model: overrideModel(model, given, environmentModel(overrideValues({}, given))),
      settings: settingsOf([...layers, ownFromFile(ownPart(model), file), omitUndefined({ gpu })]),
      defaultInputs: inputs,
      warnings: isAgent && !hasProvider(model, given) ? [`${file} ${NO_PROVIDER}`] : [],
    };
  }
  const read = readEnvironmentValues(environment);
  const set = overrideValues(read.values, given);
  const defaults = programDefaults(hasOtlpEndpoint(set));
  const values = { ...overrideValues({}, givenOptions(defaults)), ...set };
  const model = environmentModel(values);
  return {
    model: overridePage(model, given),
    settings: settingsOf([...layers, omitUndefined({ gpu: defaults.gpu })]),
    defaultInputs: defaults.inputs ?? {},
    warnings: [...read.warnings, ...checkCombinations(values)],
  };
}

/** The agent serves metrics by default, but a file replaces all defaults. */
const NO_PROVIDER =
  'has no meter_provider, tracer_provider or logger_provider: no metrics are served, and nothing is exported.';

const hasProvider = (model: ConfigurationModel, given: Given): boolean =>
  [model.meter_provider, model.tracer_provider, model.logger_provider].some((provider) => provider != null) ||
  (['metrics', 'traces', 'logs'] as const).some((signal) => given.has(signal));

const hasServiceName = ({ resource }: ConfigurationModel): boolean =>
  (resource?.attributes ?? []).some(({ name }) => name === 'service.name') ||
  /(?:^|,)\s*service\.name\s*=/.test(resource?.attributes_list ?? '');

const hasOtlpEndpoint = (values: Partial<VariableValues>): boolean =>
  values.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined ||
  SIGNALS.some((signal) => values[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] !== undefined);

type Given = ReturnType<typeof givenOptions>;

/** Scope labels have no variable. */
const overridePage = (model: ConfigurationModel, given: Given): ConfigurationModel =>
  given.has('prometheus.scopeInfo')
    ? overrideModel(model, new Map([['prometheus.scopeInfo', given.get('prometheus.scopeInfo')]]), {})
    : model;

const ownFromCode = (given: Given): Partial<OwnSettings> =>
  Object.fromEntries([...given].filter(([name]) => 'fileKey' in SETTINGS[name]));

/** Returns our settings from those of each source, in the order of their precedence. */
function settingsOf(layers: readonly Partial<OwnSettings>[]): OwnSettings {
  const settings = Object.assign(ownDefaults(), ...layers.toReversed());
  return { ...settings, ui: layeredUi([...layers, settings].map(({ ui }) => ui)) };
}

const ownDefaults = (): OwnSettings =>
  Object.fromEntries(
    settingEntries().flatMap(([name, { fileKey, default: value }]) =>
      fileKey === undefined ? [] : [[name, value]],
    ),
  ) as unknown as OwnSettings;

/** An option that is `undefined` is not given. Only plain groups of options are descended into. */
function omitUndefinedDeep(options: object): object {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, value]) => {
      if (value === undefined) return [];
      const isGroup = Object.getPrototypeOf(value ?? 0) === Object.prototype && name !== 'instrumentation';
      return [[name, isGroup ? omitUndefinedDeep(value) : value]];
    }),
  );
}
