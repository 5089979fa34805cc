import { checkSpanGpu } from '../gpu/span-gpu.js';
import {
  LOG_EXPORTERS,
  METRIC_EXPORTERS,
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  TRACE_EXPORTERS,
} from './options.js';
import { flag, integer, listOf, oneOf, type Parse, pairs, path, text, url } from './parse.js';

interface Setting<T, F extends T | undefined> {
  readonly env?: string;
  readonly parse: Parse<T>;
  readonly fallback: F;
  readonly description: string;
}

const setting = <T>(
  env: string | undefined,
  parse: Parse<T>,
  fallback: T,
  description: string,
): Setting<T, T> => ({ env, parse, fallback, description });

/** Without a default of ours: what is not given is left to the SDK and its exporters. */
const optionalSetting = <T>(env: string, parse: Parse<T>, description: string): Setting<T, undefined> => ({
  env,
  parse,
  fallback: undefined,
  description,
});

const count = integer(1);
const milliseconds = integer(0);
const interval = integer(100);

/**
 * Every setting: its variable, what it may be, its default, and what it is for.
 */
export const SETTINGS = {
  serviceName: optionalSetting('OTEL_SERVICE_NAME', text, 'name of the service'),
  resourceAttributes: setting('OTEL_RESOURCE_ATTRIBUTES', pairs, {}, 'attributes of the resource'),
  traces: setting(
    'OTEL_TRACES_EXPORTER',
    listOf(TRACE_EXPORTERS),
    ['otlp'],
    `spans go to: ${TRACE_EXPORTERS.join(', ')}`,
  ),
  metrics: setting(
    'OTEL_METRICS_EXPORTER',
    listOf(METRIC_EXPORTERS),
    ['otlp'],
    `metrics go to: ${METRIC_EXPORTERS.join(', ')}`,
  ),
  logs: setting(
    'OTEL_LOGS_EXPORTER',
    listOf(LOG_EXPORTERS),
    ['otlp'],
    `log records go to: ${LOG_EXPORTERS.join(', ')}`,
  ),
  'otlp.endpoint': optionalSetting('OTEL_EXPORTER_OTLP_ENDPOINT', url, 'base URL of the collector'),
  'otlp.protocol': setting(
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    oneOf(OTLP_PROTOCOLS),
    'http/protobuf',
    OTLP_PROTOCOLS.join(', '),
  ),
  'otlp.headers': optionalSetting('OTEL_EXPORTER_OTLP_HEADERS', pairs, 'headers of every export'),
  'otlp.timeoutMs': optionalSetting('OTEL_EXPORTER_OTLP_TIMEOUT', count, 'time limit of an export, ms'),
  'otlp.compression': optionalSetting(
    'OTEL_EXPORTER_OTLP_COMPRESSION',
    oneOf(OTLP_COMPRESSIONS),
    OTLP_COMPRESSIONS.join(', '),
  ),
  'prometheus.host': setting(
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    text,
    '127.0.0.1',
    'address that the metrics page is served on',
  ),
  'prometheus.port': setting('OTEL_EXPORTER_PROMETHEUS_PORT', integer(1, 65_535), 9464, 'its port'),
  'prometheus.endpoint': setting(undefined, path, '/metrics', 'its path'),
  metricExportIntervalMs: setting(
    'OTEL_METRIC_EXPORT_INTERVAL',
    interval,
    60_000,
    'time between exports of metrics, ms',
  ),
  'spanBatch.maxQueueSize': setting(
    'OTEL_BSP_MAX_QUEUE_SIZE',
    count,
    2048,
    'spans kept while the exporter is slow',
  ),
  'spanBatch.maxExportBatchSize': setting(
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    count,
    512,
    'spans in one export',
  ),
  'spanBatch.scheduledDelayMs': setting(
    'OTEL_BSP_SCHEDULE_DELAY',
    milliseconds,
    5000,
    'time between exports of spans, ms',
  ),
  'logBatch.maxQueueSize': setting(
    'OTEL_BLRP_MAX_QUEUE_SIZE',
    count,
    2048,
    'log records kept while the exporter is slow',
  ),
  'logBatch.maxExportBatchSize': setting(
    'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    count,
    512,
    'log records in one export',
  ),
  'logBatch.scheduledDelayMs': setting(
    'OTEL_BLRP_SCHEDULE_DELAY',
    milliseconds,
    1000,
    'time between exports of log records, ms',
  ),
  gpu: setting(
    'SNAKEPIT_OTEL_GPU',
    flag,
    false,
    'sample the GPUs of this host; its interval: SNAKEPIT_OTEL_GPU_INTERVAL_MS',
  ),
  spanGpu: optionalSetting(
    'SNAKEPIT_OTEL_SPAN_GPU',
    checkSpanGpu,
    'GPU whose cost is told on every span: auto, cuda:0, …; needs gpu',
  ),
  handleSignals: setting(undefined, flag, true, 'flush on SIGTERM, SIGINT and at the end of the process'),
};

export type SettingName = keyof typeof SETTINGS;

export type ResolvedSettings = {
  readonly [N in SettingName]: ReturnType<(typeof SETTINGS)[N]['parse']> | (typeof SETTINGS)[N]['fallback'];
};
