import {
  LOG_EXPORTERS,
  METRIC_EXPORTERS,
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  TRACE_EXPORTERS,
} from './exporter-options.js';
import {
  type Accepted,
  attributes,
  boolean,
  endpoint,
  headers,
  integer,
  listOf,
  milliseconds,
  oneOf,
  ratio,
  readableFile,
  text,
} from './parse-variable.js';

/** A variable of the specification. The table in the documentation is generated from these. */
export interface Variable<T, D extends T | undefined = T | undefined> extends Accepted<T> {
  readonly default: D;
  /** Why a value has no effect, if this SDK cannot do what the variable asks for. */
  readonly unsupported?: string;
}

const variable = <T>(accepted: Accepted<T>, defaultValue: T): Variable<T, T> => ({
  ...accepted,
  default: defaultValue,
});
const optional = <T>(accepted: Accepted<T>): Variable<T, undefined> => ({ ...accepted, default: undefined });
const unsupported = (reason: string): Variable<string, undefined> => ({
  ...optional(text),
  unsupported: reason,
});

export const SIGNALS = ['TRACES', 'METRICS', 'LOGS'] as const;
export type Signal = (typeof SIGNALS)[number];

/** OTLP variables, which exist for all signals and for each of them. */
const OTLP = {
  ENDPOINT: optional(endpoint),
  PROTOCOL: optional(oneOf(OTLP_PROTOCOLS)),
  HEADERS: optional(headers),
  /** 0 is no limit. */
  TIMEOUT: optional(milliseconds(0)),
  COMPRESSION: optional(oneOf(OTLP_COMPRESSIONS)),
  INSECURE: optional(boolean),
  CERTIFICATE: optional(readableFile),
  CLIENT_CERTIFICATE: optional(readableFile),
  CLIENT_KEY: optional(readableFile),
};
export type OtlpField = keyof typeof OTLP;
export const OTLP_FIELDS = Object.keys(OTLP) as readonly OtlpField[];
type OtlpVariables = {
  readonly [F in OtlpField as `OTEL_EXPORTER_OTLP_${'' | `${Signal}_`}${F}`]: (typeof OTLP)[F];
};
const OTLP_VARIABLES = Object.fromEntries(
  ['', ...SIGNALS.map((signal) => `${signal}_`)].flatMap((scope) =>
    Object.entries(OTLP).map(([field, row]) => [`OTEL_EXPORTER_OTLP_${scope}${field}`, row]),
  ),
) as OtlpVariables;

const NO_ZIPKIN = 'there is no Zipkin exporter; export over OTLP';
const deprecated = (replacement: string) => unsupported(`it is deprecated; use ${replacement}`);
const NO_EXEMPLARS = 'the SDK for JavaScript records no exemplars';

/**
 * Every variable of the specification, and OTEL_NODE_RESOURCE_DETECTORS of the SDK for JavaScript.
 *
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export const VARIABLES = {
  OTEL_CONFIG_FILE: optional(text),
  OTEL_SDK_DISABLED: variable(boolean, false),
  OTEL_LOG_LEVEL: optional(oneOf(['none', 'error', 'warn', 'info', 'debug', 'verbose', 'all'])),
  OTEL_SERVICE_NAME: optional(text),
  OTEL_RESOURCE_ATTRIBUTES: variable(attributes, {}),
  OTEL_ENTITIES: unsupported('the SDK for JavaScript has no entities; use OTEL_RESOURCE_ATTRIBUTES'),
  OTEL_NODE_RESOURCE_DETECTORS: variable(
    listOf(['all', 'none', 'env', 'host', 'os', 'process', 'serviceinstance']),
    ['env', 'host', 'serviceinstance'],
  ),
  OTEL_PROPAGATORS: variable(listOf(['none', 'tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger']), [
    'tracecontext',
    'baggage',
  ]),
  OTEL_TRACES_EXPORTER: variable(listOf(TRACE_EXPORTERS), ['otlp']),
  OTEL_METRICS_EXPORTER: variable(listOf(METRIC_EXPORTERS), ['otlp']),
  OTEL_LOGS_EXPORTER: variable(listOf(LOG_EXPORTERS), ['otlp']),
  OTEL_TRACES_SAMPLER: variable(
    oneOf([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ]),
    'parentbased_always_on',
  ),
  OTEL_TRACES_SAMPLER_ARG: variable(ratio, 1),
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(integer(1)),
  OTEL_ATTRIBUTE_COUNT_LIMIT: variable(integer(0), 128),
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(integer(1)),
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: optional(integer(0)),
  OTEL_SPAN_EVENT_COUNT_LIMIT: variable(integer(0), 128),
  OTEL_SPAN_LINK_COUNT_LIMIT: variable(integer(0), 128),
  OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT: variable(integer(0), 128),
  OTEL_LINK_ATTRIBUTE_COUNT_LIMIT: variable(integer(0), 128),
  OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: optional(integer(1)),
  OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: optional(integer(0)),
  OTEL_BSP_SCHEDULE_DELAY: variable(milliseconds(0), 5000),
  OTEL_BSP_EXPORT_TIMEOUT: variable(milliseconds(0), 30_000),
  OTEL_BSP_MAX_QUEUE_SIZE: variable(integer(1), 2048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: variable(integer(1), 512),
  OTEL_BLRP_SCHEDULE_DELAY: variable(milliseconds(0), 1000),
  OTEL_BLRP_EXPORT_TIMEOUT: variable(milliseconds(0), 30_000),
  OTEL_BLRP_MAX_QUEUE_SIZE: variable(integer(1), 2048),
  OTEL_BLRP_MAX_EXPORT_BATCH_SIZE: variable(integer(1), 512),
  OTEL_METRIC_EXPORT_INTERVAL: variable(milliseconds(1), 60_000),
  OTEL_METRIC_EXPORT_TIMEOUT: variable(milliseconds(0), 30_000),
  OTEL_METRICS_EXEMPLAR_FILTER: {
    ...optional(oneOf(['always_on', 'always_off', 'trace_based'])),
    unsupported: NO_EXEMPLARS,
  },
  ...OTLP_VARIABLES,
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: variable(
    oneOf(['cumulative', 'delta', 'lowmemory']),
    'cumulative',
  ),
  OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION: variable(
    oneOf(['explicit_bucket_histogram', 'base2_exponential_bucket_histogram']),
    'explicit_bucket_histogram',
  ),
  OTEL_EXPORTER_PROMETHEUS_HOST: variable(text, '127.0.0.1'),
  /** 0 is any free port. */
  OTEL_EXPORTER_PROMETHEUS_PORT: variable(integer(0, 65_535), 9464),
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: unsupported(NO_ZIPKIN),
  OTEL_EXPORTER_ZIPKIN_TIMEOUT: unsupported(NO_ZIPKIN),
  OTEL_EXPORTER_ZIPKIN_PROTOCOL: unsupported(NO_ZIPKIN),
  OTEL_EXPERIMENTAL_CONFIG_FILE: deprecated('OTEL_CONFIG_FILE'),
  OTEL_EXPORTER_OTLP_SPAN_INSECURE: deprecated('OTEL_EXPORTER_OTLP_TRACES_INSECURE'),
  OTEL_EXPORTER_OTLP_METRIC_INSECURE: deprecated('OTEL_EXPORTER_OTLP_METRICS_INSECURE'),
};

export type VariableName = keyof typeof VARIABLES;
/** Values of all variables: what is set, else the default. */
export type VariableValues = {
  readonly [N in VariableName]: (typeof VARIABLES)[N] extends Variable<infer T, infer D> ? T | D : never;
};
