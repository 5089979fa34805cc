import type {
  ConfigurationModel,
  LogRecordExporterConfigModel,
  LogRecordProcessorConfigModel,
  MetricReaderConfigModel,
  OtlpGrpcExporterConfigModel,
  OtlpHttpExporterConfigModel,
  PushMetricExporterConfigModel,
  SamplerConfigModel,
  SpanExporterConfigModel,
  SpanProcessorConfigModel,
} from '@opentelemetry/configuration';
import { omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import { isHttpUrl } from './parse-variable.js';
import {
  type OtlpField,
  type Signal,
  VARIABLES,
  type VariableName,
  type VariableValues,
} from './variables.js';

/** Returns the value of a variable, or its default. */
type Read = <N extends VariableName>(name: N) => VariableValues[N];

/** Translates the variables into the model of OpenTelemetry's declarative configuration. */
export function environmentModel(values: Partial<VariableValues>): ConfigurationModel {
  const read: Read = (name) => values[name] ?? (VARIABLES[name].default as VariableValues[typeof name]);
  const logLevel = read('OTEL_LOG_LEVEL');
  return {
    disabled: read('OTEL_SDK_DISABLED'),
    ...(logLevel === undefined ? {} : { log_level: LOG_LEVELS[logLevel] }),
    attribute_limits: omitUndefined({
      attribute_count_limit: read('OTEL_ATTRIBUTE_COUNT_LIMIT'),
      attribute_value_length_limit: read('OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
    }),
    resource: resource(read),
    propagator: {
      composite: read('OTEL_PROPAGATORS').flatMap((name) => (name === 'none' ? [] : { [name]: {} })),
    },
    tracer_provider: {
      processors: named(read('OTEL_TRACES_EXPORTER')).map((name) => spanProcessor(name, read)),
      limits: omitUndefined({
        attribute_count_limit: read('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT'),
        attribute_value_length_limit: read('OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
        event_count_limit: read('OTEL_SPAN_EVENT_COUNT_LIMIT'),
        link_count_limit: read('OTEL_SPAN_LINK_COUNT_LIMIT'),
        event_attribute_count_limit: read('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
        link_attribute_count_limit: read('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
      }),
      sampler: sampler(read),
    },
    meter_provider: {
      readers: named(read('OTEL_METRICS_EXPORTER')).map((name) => metricReader(name, read)),
    },
    logger_provider: {
      processors: named(read('OTEL_LOGS_EXPORTER')).map((name) => logProcessor(name, read)),
      limits: omitUndefined({
        attribute_count_limit: read('OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT'),
        attribute_value_length_limit: read('OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT'),
      }),
    },
  };
}

const LOG_LEVELS = {
  none: 'fatal',
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  verbose: 'trace2',
  all: 'trace',
} as const;

const named = <T extends string>(names: readonly T[]): Exclude<T, 'none'>[] =>
  [...new Set(names)].filter((name): name is Exclude<T, 'none'> => name !== 'none');

const DETECTORS = ['host', 'os', 'process', 'serviceinstance'] as const;

function resource(read: Read): ConfigurationModel['resource'] {
  const serviceName = read('OTEL_SERVICE_NAME');
  const attributes: Record<string, string> = { ...read('OTEL_RESOURCE_ATTRIBUTES') };
  if (serviceName !== undefined) attributes['service.name'] = serviceName;
  const chosen = read('OTEL_NODE_RESOURCE_DETECTORS');
  const detectors = chosen.includes('none')
    ? []
    : DETECTORS.filter((name) => chosen.includes('all') || chosen.includes(name));
  return {
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    'detection/development': {
      detectors: detectors.map((name) => ({ [name === 'serviceinstance' ? 'service' : name]: {} })),
    },
  };
}

function sampler(read: Read): SamplerConfigModel {
  const name = read('OTEL_TRACES_SAMPLER');
  const root: SamplerConfigModel = name.endsWith('always_off')
    ? { always_off: {} }
    : name.endsWith('always_on')
      ? { always_on: {} }
      : { trace_id_ratio_based: { ratio: read('OTEL_TRACES_SAMPLER_ARG') } };
  return name.startsWith('parentbased') ? { parent_based: { root } } : root;
}

function spanProcessor(name: 'console' | 'otlp', read: Read): SpanProcessorConfigModel {
  if (name === 'console') return { simple: { exporter: { console: {} } } };
  return {
    batch: { ...batch('BSP', read), exporter: otlpExporter('TRACES', read) as SpanExporterConfigModel },
  };
}

function logProcessor(name: 'console' | 'otlp', read: Read): LogRecordProcessorConfigModel {
  if (name === 'console') return { simple: { exporter: { console: {} } } };
  return {
    batch: { ...batch('BLRP', read), exporter: otlpExporter('LOGS', read) as LogRecordExporterConfigModel },
  };
}

const batch = (processor: 'BSP' | 'BLRP', read: Read) => ({
  schedule_delay: read(`OTEL_${processor}_SCHEDULE_DELAY`),
  export_timeout: read(`OTEL_${processor}_EXPORT_TIMEOUT`),
  max_queue_size: read(`OTEL_${processor}_MAX_QUEUE_SIZE`),
  max_export_batch_size: read(`OTEL_${processor}_MAX_EXPORT_BATCH_SIZE`),
});

function metricReader(name: 'console' | 'otlp' | 'prometheus', read: Read): MetricReaderConfigModel {
  if (name === 'prometheus') {
    const [host, port] = [read('OTEL_EXPORTER_PROMETHEUS_HOST'), read('OTEL_EXPORTER_PROMETHEUS_PORT')];
    return { pull: { exporter: { 'prometheus/development': { host, port, scope_info_enabled: false } } } };
  }
  return {
    periodic: {
      interval: read('OTEL_METRIC_EXPORT_INTERVAL'),
      timeout: read('OTEL_METRIC_EXPORT_TIMEOUT'),
      exporter: name === 'console' ? { console: {} } : otlpMetricExporter(read),
    },
  };
}

function otlpMetricExporter(read: Read): PushMetricExporterConfigModel {
  const temporality = read('OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE');
  const [entry = ['otlp_http', {}]] = Object.entries(otlpExporter('METRICS', read));
  return {
    [entry[0]]: {
      ...entry[1],
      temporality_preference: temporality === 'lowmemory' ? 'low_memory' : temporality,
      default_histogram_aggregation: read('OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'),
    },
  };
}

type OtlpExporter =
  | { readonly otlp_http: NonNullable<OtlpHttpExporterConfigModel> }
  | { readonly otlp_grpc: NonNullable<OtlpGrpcExporterConfigModel> };

/** The variable of the signal has precedence over the variable of all signals. */
function otlpExporter(signal: Signal, read: Read): OtlpExporter {
  const field = <F extends OtlpField>(name: F) =>
    read(`OTEL_EXPORTER_OTLP_${signal}_${name}`) ?? read(`OTEL_EXPORTER_OTLP_${name}`);
  const tls = omitUndefined({
    ca_file: field('CERTIFICATE'),
    cert_file: field('CLIENT_CERTIFICATE'),
    key_file: field('CLIENT_KEY'),
  });
  const common = omitUndefined({
    timeout: field('TIMEOUT'),
    compression: field('COMPRESSION'),
    headers: Object.entries(field('HEADERS') ?? {}).map(([name, value]) => ({ name, value })),
  });
  const protocol = field('PROTOCOL') ?? 'http/protobuf';
  if (protocol === 'grpc') {
    const insecure = field('INSECURE');
    const endpoint = field('ENDPOINT');
    return { otlp_grpc: omitUndefined({ ...common, endpoint, tls: omitUndefined({ ...tls, insecure }) }) };
  }
  const own = httpUrl(read(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`));
  const base = httpUrl(read('OTEL_EXPORTER_OTLP_ENDPOINT'));
  const endpoint = own ?? (base === undefined ? undefined : signalUrl(base, signal));
  const encoding = protocol === 'http/json' ? ('json' as const) : ('protobuf' as const);
  return { otlp_http: omitUndefined({ ...common, endpoint, tls, encoding }) };
}

/** Leaves out a target without a scheme of HTTP, which only gRPC supports; `checkCombinations` warns. */
const httpUrl = (endpoint: string | undefined): string | undefined =>
  endpoint !== undefined && isHttpUrl(endpoint) ? endpoint : undefined;

/** Returns the URL of a signal below the base URL of an OTLP/HTTP endpoint. A query stays behind the path. */
export function signalUrl(base: string, signal: Signal): string {
  const [path = '', query = ''] = base.split(/(?=[?#])/, 2);
  return `${path.replace(/\/*$/, '/')}v1/${signal.toLowerCase()}${query.startsWith('?') ? query : ''}`;
}
