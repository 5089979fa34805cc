import { isAbsolute } from 'node:path';
import type { GpuSource, GpuSourceName, SpanGpu } from 'opentelemetry-instrumentation-snakepit';
import {
  GPU_CONVENTIONS,
  GPU_SOURCE_NAMES,
  isSource,
  MAX_TIMER_MS,
  PROFILER_SETTINGS,
  SPAN_GPU,
  SPAN_GPU_VALUES,
} from 'opentelemetry-instrumentation-snakepit/internal';
import * as v from 'valibot';
import { durationMs, durationSchema, durationText } from './duration.js';
import {
  INPUTS,
  INPUTS_FILE_SCHEMA,
  INPUTS_SCHEMA,
  INPUTS_TEXT,
  inputsFromFile,
  inputsFromText,
  inputsToFile,
} from './inputs.js';
import {
  LOG_EXPORTERS,
  METRIC_EXPORTERS,
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  TRACE_EXPORTERS,
} from './options.js';
import { describeHeaderProblem, isGrpcTarget, isHttpUrl } from './parse-variable.js';
import { SPANS_FILE_SCHEMA, SPANS_SCHEMA, spansFromFile, spansToFile } from './span-settings.js';
import { UI_FILE_SCHEMA, UI_PORT, UI_SCHEMA, UI_TEXT, uiFromFile, uiFromText, uiToFile } from './ui.js';
import { VARIABLES, type VariableName } from './variables.js';

/** Schema of a setting. Each message describes the allowed values. */
type Schema<T> = v.GenericSchema<unknown, T>;

/** A setting of `startTelemetry()`. */
export interface Setting<T, D extends T | undefined> {
  readonly schema: Schema<T>;
  /** Environment variable: of OpenTelemetry's specification, or `SNAKEPIT_OTEL_…`. */
  readonly env?: string;
  /** Dotted name below `instrumentation/development.js.snakepit` in a file, for what OpenTelemetry's file has no place for. */
  readonly fileKey?: string;
  /** Schema of the value in a file, if it differs. */
  readonly fileSchema?: Schema<unknown>;
  /** Returns the value that stands in a file as in code. */
  readonly fromFile?: (value: unknown) => unknown;
  /** Returns the value as it stands in a file. */
  readonly toFile?: (value: never) => unknown;
  /** Returns the value that the text of a variable stands for. @default a boolean, a number or the text */
  readonly fromText?: (text: string) => unknown;
  /** Allowed values of the variable, for messages. @default those of the option */
  readonly textAllowed?: string;
  readonly default: D;
  /** Noun phrase for the table of settings in the documentation and for the JSON Schema. */
  readonly description: string;
}

const integer = (minimum: number, maximum: number = Number.MAX_SAFE_INTEGER, unit = '') => {
  const range =
    maximum === Number.MAX_SAFE_INTEGER ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  const allowed = `an integer ${range}${unit}`;
  return v.pipe(
    v.number(allowed),
    v.integer(allowed),
    v.minValue(minimum, allowed),
    v.maxValue(maximum, allowed),
  );
};
const milliseconds = (minimum: number) => integer(minimum, MAX_TIMER_MS, ' (ms)');
/** Parts of a setting that is a duration in a file, and milliseconds in code. */
const durationInFile = (minimumMs: number) => ({
  schema: milliseconds(minimumMs),
  fileSchema: durationSchema(minimumMs),
  fromFile: (text: unknown) => durationMs(text as string),
  toFile: durationText,
});
const flag = v.boolean('true, false');
const NOT_EMPTY = 'a non-empty string';
const text = v.pipe(v.string(NOT_EMPTY), v.regex(/\S/, NOT_EMPTY));
const oneOf = <const T extends string>(names: readonly T[]) => v.picklist(names, names.join(', '));
const listOf = <const T extends string>(names: readonly T[]) =>
  v.array(oneOf(names), `a list of ${names.join(', ')}`);
const stringRecord = v.record(v.string(), v.string('strings'), 'an object of strings');
const headers = v.pipe(
  stringRecord,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [name, value] of Object.entries(dataset.value)) {
      const problem = describeHeaderProblem(name, value);
      if (problem !== undefined) addIssue({ input: name, message: `headers that HTTP accepts; ${problem}` });
    }
  }),
);
const URL_OR_HOST =
  'an http:// or https:// URL; with the protocol grpc also host:port, dns:host:port or unix:path';
const endpoint = v.pipe(
  v.string(URL_OR_HOST),
  v.check((value) => isHttpUrl(value) || isGrpcTarget(value), URL_OR_HOST),
);
const PATH = 'a path that starts with /';
const path = v.pipe(v.string(PATH), v.regex(/^\/\S*$/, PATH));
const ABSOLUTE_PATH = 'an absolute path';
const absolutePath = v.pipe(
  v.string(ABSOLUTE_PATH),
  v.regex(/\S/, ABSOLUTE_PATH),
  v.check(isAbsolute, ABSOLUTE_PATH),
);
const KUBELET_SOCKET = 'an absolute path, none';
const kubeletSocket = v.pipe(
  v.string(KUBELET_SOCKET),
  v.check((value) => value === 'none' || isAbsolute(value), KUBELET_SOCKET),
);
const spanGpu = v.pipe(v.string(SPAN_GPU_VALUES), v.regex(SPAN_GPU, SPAN_GPU_VALUES)) as Schema<SpanGpu>;

/** Returns a setting that a variable of the specification sets too, with its default. */
const specified = <T, N extends VariableName>(env: N, schema: Schema<T>, description: string) => ({
  env,
  schema,
  default: VARIABLES[env].default as (typeof VARIABLES)[N]['default'],
  description,
});

/** Every setting by dotted name. The table in the documentation is generated from it. */
export const SETTINGS = {
  serviceName: specified('OTEL_SERVICE_NAME', text, 'name of the service'),
  resourceAttributes: specified('OTEL_RESOURCE_ATTRIBUTES', stringRecord, 'attributes of the resource'),
  traces: specified(
    'OTEL_TRACES_EXPORTER',
    listOf(TRACE_EXPORTERS),
    `exporters of spans: ${TRACE_EXPORTERS.join(', ')}`,
  ),
  metrics: specified(
    'OTEL_METRICS_EXPORTER',
    listOf(METRIC_EXPORTERS),
    `exporters of metrics: ${METRIC_EXPORTERS.join(', ')}`,
  ),
  logs: specified(
    'OTEL_LOGS_EXPORTER',
    listOf(LOG_EXPORTERS),
    `exporters of log records: ${LOG_EXPORTERS.join(', ')}`,
  ),
  'otlp.endpoint': specified(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    endpoint,
    'base URL of the OTLP endpoint, usually a Collector',
  ),
  'otlp.protocol': {
    ...specified(
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      oneOf(OTLP_PROTOCOLS),
      `OTLP transport: ${OTLP_PROTOCOLS.join(', ')}`,
    ),
    default: 'http/protobuf' as const,
  },
  'otlp.headers': specified('OTEL_EXPORTER_OTLP_HEADERS', headers, 'headers of every OTLP request'),
  'otlp.timeoutMs': specified(
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    milliseconds(0),
    'time limit of an OTLP export, ms; 0 is no limit',
  ),
  'otlp.compression': specified(
    'OTEL_EXPORTER_OTLP_COMPRESSION',
    oneOf(OTLP_COMPRESSIONS),
    `compression of OTLP exports: ${OTLP_COMPRESSIONS.join(', ')}`,
  ),
  'prometheus.host': specified('OTEL_EXPORTER_PROMETHEUS_HOST', text, 'address of the Prometheus endpoint'),
  'prometheus.port': specified(
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    integer(0, 65_535),
    'port of the Prometheus endpoint; 0 is any free port',
  ),
  'prometheus.endpoint': {
    schema: path,
    fileKey: 'prometheus_path',
    default: '/metrics',
    description: 'path of the Prometheus endpoint',
  },
  'prometheus.scopeInfo': {
    schema: flag,
    default: false,
    description: 'labels on every series that name the instrumentation scope',
  },
  metricExportIntervalMs: specified(
    'OTEL_METRIC_EXPORT_INTERVAL',
    milliseconds(1),
    'time between exports of metrics, ms',
  ),
  'spanBatch.maxQueueSize': specified(
    'OTEL_BSP_MAX_QUEUE_SIZE',
    integer(1),
    'spans queued for export; further ones are dropped',
  ),
  'spanBatch.maxExportBatchSize': specified('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', integer(1), 'spans per export'),
  'spanBatch.scheduledDelayMs': specified(
    'OTEL_BSP_SCHEDULE_DELAY',
    milliseconds(0),
    'time between exports of spans, ms',
  ),
  'logBatch.maxQueueSize': specified(
    'OTEL_BLRP_MAX_QUEUE_SIZE',
    integer(1),
    'log records queued for export; further ones are dropped',
  ),
  'logBatch.maxExportBatchSize': specified(
    'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    integer(1),
    'log records per export',
  ),
  'logBatch.scheduledDelayMs': specified(
    'OTEL_BLRP_SCHEDULE_DELAY',
    milliseconds(0),
    'time between exports of log records, ms',
  ),
  gpu: {
    env: 'SNAKEPIT_OTEL_GPU',
    fileKey: 'gpu.enabled',
    schema: flag,
    default: false,
    description: 'sampling of the GPUs of this host',
  },
  gpuIntervalMs: {
    env: PROFILER_SETTINGS.intervalMs.env as string,
    fileKey: 'gpu.interval',
    ...durationInFile(100),
    default: PROFILER_SETTINGS.intervalMs.default,
    description: PROFILER_SETTINGS.intervalMs.description,
  },
  gpuSource: {
    env: PROFILER_SETTINGS.source.env as string,
    fileKey: 'gpu.source',
    schema: v.custom<GpuSourceName | GpuSource>(
      (value) => isSource(value) || GPU_SOURCE_NAMES.includes(value as GpuSourceName),
      GPU_SOURCE_NAMES.join(', '),
    ),
    // In a file a source is named; an object of the host's own exists only in code.
    fileSchema: oneOf(GPU_SOURCE_NAMES),
    default: PROFILER_SETTINGS.source.default,
    description: PROFILER_SETTINGS.source.description,
  },
  nvmlLibrary: {
    env: PROFILER_SETTINGS.nvmlLibrary.env as string,
    fileKey: 'gpu.nvml_library',
    schema: text,
    default: PROFILER_SETTINGS.nvmlLibrary.default,
    description: PROFILER_SETTINGS.nvmlLibrary.description,
  },
  nvidiaSmi: {
    env: PROFILER_SETTINGS.nvidiaSmi.env as string,
    fileKey: 'gpu.nvidia_smi',
    schema: absolutePath,
    default: PROFILER_SETTINGS.nvidiaSmi.default,
    description: PROFILER_SETTINGS.nvidiaSmi.description,
  },
  gpuTimeoutMs: {
    env: PROFILER_SETTINGS.timeoutMs.env as string,
    fileKey: 'gpu.timeout',
    ...durationInFile(100),
    default: PROFILER_SETTINGS.timeoutMs.default,
    description: PROFILER_SETTINGS.timeoutMs.description,
  },
  kubeletSocket: {
    env: PROFILER_SETTINGS.kubeletSocket.env as string,
    fileKey: 'kubelet_socket',
    schema: kubeletSocket,
    default: PROFILER_SETTINGS.kubeletSocket.default,
    description: PROFILER_SETTINGS.kubeletSocket.description,
  },
  gpuConventions: {
    env: 'SNAKEPIT_OTEL_GPU_CONVENTIONS',
    fileKey: 'gpu.conventions',
    schema: oneOf(GPU_CONVENTIONS),
    default: 'snakepit',
    description: `naming convention of GPU metrics: ${GPU_CONVENTIONS.join(', ')}`,
  },
  spanGpu: {
    env: 'SNAKEPIT_OTEL_SPAN_GPU',
    fileKey: 'span_gpu',
    schema: spanGpu,
    default: undefined,
    description: 'GPU whose usage is recorded on every span: auto, cuda:0, …; requires gpu',
  },
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
  },
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

/** Schema of a nested object from schemas by dotted name. Every entry is optional; unknown entries are issues. */
function nest(schemas: readonly (readonly [string, Schema<unknown>])[]): v.GenericSchema {
  const groups = groupByHead(schemas);
  return v.strictObject(
    Object.fromEntries(
      [...groups].map(([head, members]) => {
        const [first] = members;
        const isGroup = first?.[0].includes('.');
        const inner = isGroup
          ? nest(members.map(([name, schema]) => [name.slice(head.length + 1), schema] as const))
          : first?.[1];
        return [head, v.optional(inner as Schema<unknown>)];
      }),
    ),
    'an object of settings',
  );
}

function groupByHead(schemas: readonly (readonly [string, Schema<unknown>])[]) {
  const groups = new Map<string, (readonly [string, Schema<unknown>])[]>();
  for (const entry of schemas) {
    const [head = ''] = entry[0].split('.');
    groups.set(head, [...(groups.get(head) ?? []), entry]);
  }
  return groups;
}

/** Schema of the options of `startTelemetry()`. */
export const OPTIONS_SCHEMA = nest([
  ...settingEntries().map(([name, { schema }]) => [name, schema] as const),
  ['configFile', text],
  ['instrumentation', v.looseObject({}, 'options of SnakepitInstrumentation')],
]);

const fileSchemas = settingEntries().flatMap(
  ([name, { fileKey, schema, fileSchema, description, default: value, toFile }]) => {
    if (fileKey === undefined) return [];
    const described = v.pipe(fileSchema ?? schema, v.description(description));
    // The object `gpu` turns sampling on.
    const fallback =
      name === 'gpu' ? true : value === undefined ? undefined : (toFile?.(value as never) ?? value);
    return [
      [fileKey, fallback === undefined ? v.optional(described) : v.optional(described, fallback)] as const,
    ];
  },
);
const GPU_PREFIX = 'gpu.';
const gpuSchema = v.strictObject(
  Object.fromEntries(
    fileSchemas.flatMap(([key, schema]) =>
      key.startsWith(GPU_PREFIX) ? [[key.slice(GPU_PREFIX.length), schema]] : [],
    ),
  ),
  'true, false or an object of settings',
);

/** Schema of what stands below `instrumentation/development.js.snakepit` in a file. `gpu` is an object, or true or false. */
export const FILE_SCHEMA = v.strictObject(
  {
    gpu: v.optional(
      v.pipe(v.union([v.boolean('true, false'), gpuSchema]), v.description(SETTINGS.gpu.description)),
    ),
    ...Object.fromEntries(fileSchemas.filter(([key]) => !key.startsWith(GPU_PREFIX))),
  },
  'an object of settings',
);

/** Returns the value of a dotted name in our part of a file. */
export function fileValue(part: Readonly<Record<string, unknown>>, fileKey: string): unknown {
  const [head = '', key] = fileKey.split('.');
  const value = part[head];
  if (key === undefined) return value;
  if (typeof value === 'boolean') return key === 'enabled' ? value : undefined;
  return (value as Record<string, unknown> | undefined)?.[key];
}

/** Returns our part of a file for settings. */
export function fileOf(settings: Partial<OwnSettings>): Record<string, unknown> {
  const part: Record<string, unknown> = {};
  for (const [name, { fileKey, toFile }] of settingEntries()) {
    const value = settings[name as OwnSettingName];
    if (fileKey === undefined || value === undefined) continue;
    const [head = '', key] = fileKey.split('.');
    const shown = toFile === undefined ? value : toFile(value as never);
    part[head] = key === undefined ? shown : { ...(part[head] as object), [key]: shown };
  }
  return part;
}
