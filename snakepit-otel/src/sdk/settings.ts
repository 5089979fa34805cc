import type { GpuSource, GpuSourceName, SpanGpu } from 'opentelemetry-instrumentation-snakepit';
import {
  checkSpanGpu,
  flag,
  GPU_CONVENTIONS,
  integer,
  listOf,
  milliseconds,
  oneOf,
  optionalSetting,
  type Parse,
  PROFILER_SETTINGS,
  pairs,
  path,
  type Setting,
  setting,
  text,
  url,
} from 'opentelemetry-instrumentation-snakepit/internal';

import {
  LOG_EXPORTERS,
  METRIC_EXPORTERS,
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  TRACE_EXPORTERS,
} from './options.js';

const count = integer(1);

/** Every setting: its variable, what it may be, its default, and what it is for. */
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
  'otlp.timeoutMs': optionalSetting(
    'OTEL_EXPORTER_OTLP_TIMEOUT',
    milliseconds(1),
    'time limit of an export, ms',
  ),
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
    milliseconds(100),
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
    milliseconds(0),
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
    milliseconds(0),
    1000,
    'time between exports of log records, ms',
  ),
  gpu: setting('SNAKEPIT_OTEL_GPU', flag, false, 'sample the GPUs of this host'),
  gpuIntervalMs: PROFILER_SETTINGS.intervalMs,
  gpuSource: PROFILER_SETTINGS.source as Setting<GpuSource | GpuSourceName>,
  nvmlLibrary: PROFILER_SETTINGS.nvmlLibrary,
  gpuConventions: setting(
    'SNAKEPIT_OTEL_GPU_CONVENTIONS',
    oneOf(GPU_CONVENTIONS),
    'snakepit',
    `names of GPU metrics: ${GPU_CONVENTIONS.join(', ')}`,
  ),
  spanGpu: optionalSetting(
    'SNAKEPIT_OTEL_SPAN_GPU',
    checkSpanGpu as Parse<SpanGpu>,
    'GPU whose cost is told on every span: auto, cuda:0, …; needs gpu',
  ),
  handleSignals: setting(undefined, flag, true, 'flush on SIGTERM, SIGINT and at the end of the process'),
};

export type SettingName = keyof typeof SETTINGS;

export type ResolvedSettings = {
  readonly [N in SettingName]: ReturnType<(typeof SETTINGS)[N]['parse']> | (typeof SETTINGS)[N]['default'];
};
