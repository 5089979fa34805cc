// The declarations of this file name types of the package by this import, and not by a path that ends outside of the tarball.
import type { UnfinishedSpansConfig } from 'opentelemetry-instrumentation-snakepit';
import type * as v from 'valibot';
import { EXPORTER_SETTINGS } from './exporter-settings.js';
import { GPU_SETTINGS } from './gpu-settings.js';
import {
  INPUTS,
  INPUTS_FILE_SCHEMA,
  INPUTS_SCHEMA,
  INPUTS_TEXT,
  inputsFromFile,
  inputsFromText,
  inputsToFile,
} from './inputs.js';
import { flag, stringRecord, text } from './schemas.js';
import { type Setting, specified } from './setting.js';
import { SPANS_FILE_SCHEMA, SPANS_SCHEMA, spansFromFile, spansToFile } from './span-settings.js';
import { UI_FILE_SCHEMA, UI_PORT, UI_SCHEMA, UI_TEXT, uiFromFile, uiFromText, uiToFile } from './ui.js';

/** Every setting by dotted name. The table in the documentation is generated from it. */
export const SETTINGS = {
  serviceName: specified('OTEL_SERVICE_NAME', text, 'name of the service'),
  resourceAttributes: specified('OTEL_RESOURCE_ATTRIBUTES', stringRecord, 'attributes of the resource'),
  ...EXPORTER_SETTINGS,
  ...GPU_SETTINGS,
  inputs: {
    env: 'SNAKEPIT_OTEL_INPUTS',
    fileKey: 'inputs',
    schema: INPUTS_SCHEMA,
    fileSchema: INPUTS_FILE_SCHEMA,
    fromFile: inputsFromFile,
    toFile: inputsToFile,
    fromText: inputsFromText,
    textAllowed: INPUTS_TEXT,
    default: undefined,
    description: `inputs for events of other processes: ${INPUTS.join(', ')}; in the variable a list of them without workers, or none`,
  },
  ui: {
    env: 'SNAKEPIT_OTEL_UI',
    fileKey: 'ui',
    schema: UI_SCHEMA,
    fileSchema: UI_FILE_SCHEMA,
    fromFile: uiFromFile,
    toFile: uiToFile,
    fromText: uiFromText,
    textAllowed: UI_TEXT,
    default: false,
    description: `the live page: true for http://127.0.0.1:${UI_PORT}, or an object; in the variable ${UI_TEXT}`,
  },
  spans: {
    fileKey: 'spans',
    schema: SPANS_SCHEMA,
    fileSchema: SPANS_FILE_SCHEMA,
    fromFile: spansFromFile,
    toFile: spansToFile,
    default: undefined,
    description: 'time after which spans whose stop event is missing are ended',
  } satisfies Setting<UnfinishedSpansConfig, undefined>,
  workerThreads: {
    env: 'SNAKEPIT_OTEL_WORKER_THREADS',
    fileKey: 'worker_threads',
    schema: flag,
    default: false,
    description: 'spans of worker threads that `register` is loaded in',
  },
  handleSignals: {
    fileKey: 'handle_signals',
    schema: flag,
    default: true,
    description: 'flush on SIGTERM, SIGINT, SIGHUP, process.exit() and when the event loop drains',
  },
} satisfies Record<string, Setting<unknown, unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<N extends SettingName> = v.InferOutput<(typeof SETTINGS)[N]['schema']>;

/** Settings that OpenTelemetry's model has no place for. */
export type OwnSettingName = {
  [N in SettingName]: (typeof SETTINGS)[N] extends { readonly fileKey: string } ? N : never;
}[SettingName];
/** Values of the settings that OpenTelemetry's model has no place for. */
export type OwnSettings = {
  readonly [N in OwnSettingName]:
    | SettingValue<N>
    | ((typeof SETTINGS)[N]['default'] extends undefined ? undefined : never);
};

export const settingEntries = (): [SettingName, Setting<unknown, unknown>][] =>
  Object.entries(SETTINGS) as [SettingName, Setting<unknown, unknown>][];
