/** Starts SDK 3.x as its migration guide describes. Registers the instrumentation, except with `--unregistered`. */
exports.start = async (load, { SnakepitInstrumentation }) => {
  const api = await load('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = await load('@opentelemetry/context-async-hooks');
  const { registerInstrumentations } = await load('@opentelemetry/instrumentation');
  const logs = await load('@opentelemetry/sdk-logs');
  const metrics = await load('@opentelemetry/sdk-metrics');
  const tracing = await load('@opentelemetry/sdk-trace');

  const spanExporter = new tracing.InMemorySpanExporter();
  const metricExporter = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
  const metricReader = new metrics.PeriodicExportingMetricReader({ exporter: metricExporter });
  const logExporter = new logs.InMemoryLogRecordExporter();
  const spanProcessors = [new tracing.SimpleSpanProcessor({ exporter: spanExporter })];
  const logProcessors = [new logs.SimpleLogRecordProcessor({ exporter: logExporter })];
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  api.trace.setGlobalTracerProvider(new tracing.TracerProvider({ spanProcessors }));
  api.metrics.setGlobalMeterProvider(new metrics.MeterProvider({ readers: [metricReader] }));
  api.logs.setGlobalLoggerProvider(new logs.LoggerProvider({ processors: logProcessors }));
  const instrumentation = new SnakepitInstrumentation();
  if (!process.argv.includes('--unregistered'))
    registerInstrumentations({ instrumentations: [instrumentation] });
  return { spanExporter, metricExporter, metricReader, logExporter };
};
