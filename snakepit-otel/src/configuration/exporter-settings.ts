import * as v from 'valibot';
import {
  LOG_EXPORTERS,
  METRIC_EXPORTERS,
  OTLP_COMPRESSIONS,
  OTLP_PROTOCOLS,
  TRACE_EXPORTERS,
} from './exporter-options.js';
import { describeHeaderProblem, isGrpcTarget, isHttpUrl } from './parse-variable.js';
import { flag, integer, listOf, milliseconds, oneOf, port, stringRecord, text } from './schemas.js';
import { type Setting, specified } from './setting.js';

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

/** Settings of the exporters, and of what is queued for them. */
export const EXPORTER_SETTINGS = {
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
    port,
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
} satisfies Record<string, Setting<unknown, unknown>>;
