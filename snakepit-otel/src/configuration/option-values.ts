import type { TelemetryOptions } from './options.js';
import { type SettingName, settingEntries } from './settings.js';
import { OTLP_FIELDS, SIGNALS, VARIABLES, type VariableName, type VariableValues } from './variables.js';

/** Returns the options that are given in code, by dotted name. */
export function givenOptions(options: TelemetryOptions): Map<SettingName, unknown> {
  return new Map(
    settingEntries().flatMap(([name]) => {
      let value: unknown = options;
      for (const part of name.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Returns the variables with the options in place of those that they stand for. */
export function overrideValues(
  values: Partial<VariableValues>,
  given: ReadonlyMap<SettingName, unknown>,
): Partial<VariableValues> {
  const overridden: Partial<Record<VariableName, unknown>> = { ...values };
  for (const [name, { env }] of settingEntries()) {
    const value = given.get(name);
    if (value === undefined || env === undefined || !(env in VARIABLES)) continue;
    overridden[env as VariableName] = value;
    // An option stands for all signals.
    for (const field of OTLP_FIELDS) {
      if (env !== `OTEL_EXPORTER_OTLP_${field}`) continue;
      for (const signal of SIGNALS) delete overridden[`OTEL_EXPORTER_OTLP_${signal}_${field}`];
    }
  }
  return overridden as Partial<VariableValues>;
}
