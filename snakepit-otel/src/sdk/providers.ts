import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  ConsoleLogRecordExporter,
  LoggerProvider,
  type LogRecordProcessor,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import {
  ConsoleMetricExporter,
  type IMetricReader,
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { accountExports, accountQueue, countDrops } from './export-accounting.js';
import { otlpLogs, otlpMetrics, otlpTraces } from './otlp.js';
import { startPrometheus } from './prometheus.js';
import type { ResolvedConfiguration } from './resolve.js';
import type { ResolvedSettings } from './settings.js';

const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;

export interface Providers {
  readonly tracerProvider: NodeTracerProvider;
  readonly meterProvider: MeterProvider;
  readonly loggerProvider: LoggerProvider;
  /** Resolves when the Prometheus endpoint is served; rejects with PrometheusServerError if it cannot be. */
  readonly ready: Promise<void>;
}

/** Builds the three providers with the configured exporters. Registers nothing globally. */
export function buildProviders(resolved: ResolvedConfiguration): Providers {
  const { settings } = resolved;
  const resource = buildResource(settings);
  // Creates exporters first: if one of them throws, nothing is running yet.
  const spanProcessors = settings.traces.map((name) => spanProcessor(name, resolved));
  const logProcessors = settings.logs.map((name) => logProcessor(name, resolved));
  const pushExporters = settings.metrics.filter((name) => name !== 'prometheus');
  const readers: IMetricReader[] = pushExporters.map((name) => periodicReader(name, resolved));
  const prometheus = settings.metrics.includes('prometheus') ? startPrometheus(settings) : undefined;
  if (prometheus !== undefined) readers.push(prometheus.reader);
  return {
    tracerProvider: new NodeTracerProvider({ resource, spanProcessors }),
    meterProvider: new MeterProvider({ resource, readers }),
    loggerProvider: new LoggerProvider({ resource, processors: logProcessors }),
    ready: prometheus?.ready ?? Promise.resolve(),
  };
}

function buildResource({ resourceAttributes, serviceName }: ResolvedSettings): Resource {
  const detected = detectResources({ detectors: [hostDetector, serviceInstanceIdDetector, envDetector] });
  const given = resourceFromAttributes({
    ...resourceAttributes,
    ...(serviceName === undefined ? undefined : { [ATTR_SERVICE_NAME]: serviceName }),
  });
  return defaultResource().merge(detected).merge(given);
}

function spanProcessor(
  name: ResolvedSettings['traces'][number],
  resolved: ResolvedConfiguration,
): SpanProcessor {
  if (name === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter());
  const { settings } = resolved;
  const processor = new BatchSpanProcessor(accountExports(otlpTraces(resolved), 'traces'), {
    ...countDrops('traces'),
    maxQueueSize: settings['spanBatch.maxQueueSize'],
    maxExportBatchSize: Math.min(
      settings['spanBatch.maxExportBatchSize'],
      settings['spanBatch.maxQueueSize'],
    ),
    scheduledDelayMillis: settings['spanBatch.scheduledDelayMs'],
  });
  return accountQueue(processor, 'traces');
}

function logProcessor(
  name: ResolvedSettings['logs'][number],
  resolved: ResolvedConfiguration,
): LogRecordProcessor {
  if (name === 'console') return new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() });
  const { settings } = resolved;
  const processor = new BatchLogRecordProcessor({
    exporter: accountExports(otlpLogs(resolved), 'logs'),
    ...countDrops('logs'),
    maxQueueSize: settings['logBatch.maxQueueSize'],
    maxExportBatchSize: Math.min(settings['logBatch.maxExportBatchSize'], settings['logBatch.maxQueueSize']),
    scheduledDelayMillis: settings['logBatch.scheduledDelayMs'],
  });
  return accountQueue(processor, 'logs');
}

function periodicReader(
  name: ResolvedSettings['metrics'][number],
  resolved: ResolvedConfiguration,
): IMetricReader {
  const exporter: PushMetricExporter =
    name === 'console' ? new ConsoleMetricExporter() : otlpMetrics(resolved);
  const exportIntervalMillis = resolved.settings.metricExportIntervalMs;
  return new PeriodicExportingMetricReader({
    exporter: accountExports(exporter, 'metrics'),
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(exportIntervalMillis, DEFAULT_EXPORT_TIMEOUT_MS),
  });
}
