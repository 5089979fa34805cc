import type { GpuSource, GpuSourceName, SpanGpu } from 'opentelemetry-instrumentation-snakepit';
import {
  checkSpanGpu,
  enumParser,
  GPU_CONVENTIONS,
  integerParser,
  listParser,
  millisecondsParser,
  optionalSetting,
  type Parser,
  PROFILER_SETTINGS,
  parseBoolean,
  parseKeyValues,
  parsePath,
  parseText,
  parseUrl,
  type Setting,
  setting,
} from 'opentelemetry-instrumentation-snakepit/internal';

import {
  LOG_EXPORTERS,
  METRIC_EXPORTERS,
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  TRACE_EXPORTERS,
} from './options.js';

const parseCount = integerParser(1);

/** Every setting by dotted name: its variable, parser, default and description. The documentation's table is generated from it. */
export const SETTINGS = {
  serviceName: optionalSetting('OTEL_SERVICE_NAME', parseText, 'name of the service'),
  resourceAttributes: setting('OTEL_RESOURCE_ATTRIBUTES', parseKeyValues, {}, 'attributes of the resource'),
  traces: setting(
    'OTEL_TRACES_EXPORTER',
    listParser(TRACE_EXPORTERS),
    ['otlp'],
    `exporters of spans: ${TRACE_EXPORTERS.join(', ')}`,
  ),
  metrics: setting(
    'OTEL_METRICS_EXPORTER',
    listParser(METRIC_EXPORTERS),
    ['otlp'],
    `exporters of metrics: ${METRIC_EXPORTERS.join(', ')}`,
  ),
  logs: setting(
    'OTEL_LOGS_EXPORTER',
    listParser(LOG_EXPORTERS),
    ['otlp'],
    `exporters of log records: ${LOG_EXPORTERS.join(', ')}`,
  ),
  'otlp.endpoint': optionalSetting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    parseUrl,
    'base URL of the OTLP endpoint, usually a Collector',
  ),
  'otlp.protocol': setting(
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    enumParser(OTLP_PROTOCOLS),
    'http/protobuf',
    `OTLP transport: ${OTLP_PROTOCOLS.join(', ')}`,
  ),
  'otlp.headers': optionalSetting(
    'OTEL_EXPORTER_OTLP_HEADERS',
    parseKeyValues,
    'headers of every OTLP request',
  ),
  'otlp.timeoutMs': optionalSetting(
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    millisecondsParser(1),
    'time limit of an OTLP export, ms',
  ),
  'otlp.compression': optionalSetting(
    'OTEL_EXPORTER_OTLP_COMPRESSION',
    enumParser(OTLP_COMPRESSIONS),
    `compression of OTLP exports: ${OTLP_COMPRESSIONS.join(', ')}`,
  ),
  'prometheus.host': setting(
    'OTEL_EXPORTER_PROMETHEUS_HOST',
    parseText,
    '127.0.0.1',
    'address of the Prometheus endpoint',
  ),
  'prometheus.port': setting(
    'OTEL_EXPORTER_PROMETHEUS_PORT',
    integerParser(1, 65_535),
    9464,
    'port of the Prometheus endpoint',
  ),
  'prometheus.endpoint': setting(undefined, parsePath, '/metrics', 'path of the Prometheus endpoint'),
  metricExportIntervalMs: setting(
    'OTEL_METRIC_EXPORT_INTERVAL',
    millisecondsParser(100),
    60_000,
    'time between exports of metrics, ms',
  ),
  'spanBatch.maxQueueSize': setting(
    'OTEL_BSP_MAX_QUEUE_SIZE',
    parseCount,
    2048,
    'spans queued for export; further ones are dropped',
  ),
  'spanBatch.maxExportBatchSize': setting(
    'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
    parseCount,
    512,
    'spans per export',
  ),
  'spanBatch.scheduledDelayMs': setting(
    'OTEL_BSP_SCHEDULE_DELAY',
    millisecondsParser(0),
    5000,
    'time between exports of spans, ms',
  ),
  'logBatch.maxQueueSize': setting(
    'OTEL_BLRP_MAX_QUEUE_SIZE',
    parseCount,
    2048,
    'log records queued for export; further ones are dropped',
  ),
  'logBatch.maxExportBatchSize': setting(
    'OTEL_BLRP_MAX_EXPORT_BATCH_SIZE',
    parseCount,
    512,
    'log records per export',
  ),
  'logBatch.scheduledDelayMs': setting(
    'OTEL_BLRP_SCHEDULE_DELAY',
    millisecondsParser(0),
    1000,
    'time between exports of log records, ms',
  ),
  gpu: setting('SNAKEPIT_OTEL_GPU', parseBoolean, false, 'sampling of the GPUs of this host'),
  gpuIntervalMs: PROFILER_SETTINGS.intervalMs,
  gpuSource: PROFILER_SETTINGS.source as Setting<GpuSource | GpuSourceName>,
  nvmlLibrary: PROFILER_SETTINGS.nvmlLibrary,
  gpuConventions: setting(
    'SNAKEPIT_OTEL_GPU_CONVENTIONS',
    enumParser(GPU_CONVENTIONS),
    'snakepit',
    `naming convention of GPU metrics: ${GPU_CONVENTIONS.join(', ')}`,
  ),
  spanGpu: optionalSetting(
    'SNAKEPIT_OTEL_SPAN_GPU',
    checkSpanGpu as Parser<SpanGpu>,
    'GPU whose usage is recorded on every span: auto, cuda:0, …; requires gpu',
  ),
  handleSignals: setting(undefined, parseBoolean, true, 'flush on SIGTERM, SIGINT and process exit'),
};

export type SettingName = keyof typeof SETTINGS;

export type ResolvedSettings = {
  readonly [N in SettingName]: ReturnType<(typeof SETTINGS)[N]['parse']> | (typeof SETTINGS)[N]['default'];
};
