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
import { otlpLogs, otlpMetrics, otlpTraces } from './otlp.js';
import { openPrometheus } from './prometheus.js';
import type { Resolved } from './resolve.js';
import type { ResolvedSettings } from './settings.js';

const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;

export interface Providers {
  readonly tracerProvider: NodeTracerProvider;
  readonly meterProvider: MeterProvider;
  readonly loggerProvider: LoggerProvider;
  /** Settles when the metrics page is served, or cannot be. */
  readonly ready: Promise<void>;
}

/** Builds the three providers with the exporters that were chosen. Nothing is registered globally yet. */
export function buildProviders(resolved: Resolved): Providers {
  const { settings } = resolved;
  const resource = buildResource(settings);
  // Exporters first: one that cannot be made must leave nothing running.
  const spanProcessors = settings.traces.map((name) => spanProcessor(name, resolved));
  const logProcessors = settings.logs.map((name) => logProcessor(name, resolved));
  const pushed = settings.metrics.filter((name) => name !== 'prometheus');
  const readers: IMetricReader[] = pushed.map((name) => periodicReader(name, resolved));
  const page = settings.metrics.includes('prometheus') ? openPrometheus(settings) : undefined;
  if (page !== undefined) readers.push(page.reader);
  return {
    tracerProvider: new NodeTracerProvider({ resource, spanProcessors }),
    meterProvider: new MeterProvider({ resource, readers }),
    loggerProvider: new LoggerProvider({ resource, processors: logProcessors }),
    ready: page?.ready ?? Promise.resolve(),
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

function spanProcessor(name: ResolvedSettings['traces'][number], resolved: Resolved): SpanProcessor {
  if (name === 'console') return new SimpleSpanProcessor(new ConsoleSpanExporter());
  const { settings } = resolved;
  return new BatchSpanProcessor(otlpTraces(resolved), {
    maxQueueSize: settings['spanBatch.maxQueueSize'],
    maxExportBatchSize: Math.min(
      settings['spanBatch.maxExportBatchSize'],
      settings['spanBatch.maxQueueSize'],
    ),
    scheduledDelayMillis: settings['spanBatch.scheduledDelayMs'],
  });
}

function logProcessor(name: ResolvedSettings['logs'][number], resolved: Resolved): LogRecordProcessor {
  if (name === 'console') return new SimpleLogRecordProcessor({ exporter: new ConsoleLogRecordExporter() });
  const { settings } = resolved;
  return new BatchLogRecordProcessor({
    exporter: otlpLogs(resolved),
    maxQueueSize: settings['logBatch.maxQueueSize'],
    maxExportBatchSize: Math.min(settings['logBatch.maxExportBatchSize'], settings['logBatch.maxQueueSize']),
    scheduledDelayMillis: settings['logBatch.scheduledDelayMs'],
  });
}

function periodicReader(name: ResolvedSettings['metrics'][number], resolved: Resolved): IMetricReader {
  const exporter: PushMetricExporter =
    name === 'console' ? new ConsoleMetricExporter() : otlpMetrics(resolved);
  const exportIntervalMillis = resolved.settings.metricExportIntervalMs;
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis: Math.min(exportIntervalMillis, DEFAULT_EXPORT_TIMEOUT_MS),
  });
}
