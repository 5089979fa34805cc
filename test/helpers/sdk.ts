import { context, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  type DataPoint,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics';
import {
  type IdGenerator,
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { onTestFinished } from 'vitest';
import { SnakepitInstrumentation, type SnakepitInstrumentationConfig } from '../../src/index.js';

/**
 * Sets up a host's SDK with in-memory exporters and registers the instrumentation. Undone after the test.
 *
 * @param idGenerator generator of the provider of spans. @default random ids
 */
export function instrumentedHost(
  config: SnakepitInstrumentationConfig = {},
  views: ViewOptions[] = [],
  idGenerator?: IdGenerator,
) {
  const spanExporter = new InMemorySpanExporter();
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const logExporter = new InMemoryLogRecordExporter();
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  });
  const tracerProvider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spanExporter)],
    ...(idGenerator === undefined ? undefined : { idGenerator }),
  });
  const meterProvider = new MeterProvider({ readers: [reader], views });
  const loggerProvider = new LoggerProvider({
    processors: [new SimpleLogRecordProcessor({ exporter: logExporter })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

  const instrumentation = new SnakepitInstrumentation(config);
  instrumentation.setTracerProvider(tracerProvider);
  instrumentation.setMeterProvider(meterProvider);
  instrumentation.setLoggerProvider(loggerProvider);

  onTestFinished(async () => {
    instrumentation.disable();
    context.disable();
    trace.disable();
    logs.disable();
    await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown(), loggerProvider.shutdown()]);
  });

  return {
    instrumentation,
    tracer: tracerProvider.getTracer('host'),
    tracerProvider,
    meterProvider,
    loggerProvider,
    spans: () => spanExporter.getFinishedSpans(),
    logs: () => logExporter.getFinishedLogRecords(),
    /** Drops the spans and log records received so far. */
    forget(): void {
      spanExporter.reset();
      logExporter.reset();
    },
    /** Collects and returns the metric; `undefined` if it was not exported. */
    async metric(name: string): Promise<MetricData | undefined> {
      return (await this.metrics()).find(({ descriptor }) => descriptor.name === name);
    },
    /** Collects and returns all metrics. */
    async metrics(): Promise<MetricData[]> {
      metricExporter.reset();
      await reader.forceFlush();
      return metricExporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics);
    },
    /** Collects and returns the value of the only series with these attributes; if there is not exactly one, an array of values. */
    async value(name: string, attributes: Record<string, unknown> = {}): Promise<unknown> {
      const points = ((await this.metric(name))?.dataPoints ?? []) as DataPoint<unknown>[];
      const found = points.filter((point) =>
        Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      );
      return found.length === 1 ? found[0]?.value : found.map(({ value }) => value);
    },
  };
}
