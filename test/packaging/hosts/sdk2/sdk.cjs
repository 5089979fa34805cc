/** Starts NodeSDK with only this instrumentation. */
exports.start = async (load, { SnakepitInstrumentation }) => {
  const { logs, metrics, NodeSDK, tracing } = await load('@opentelemetry/sdk-node');
  const spanExporter = new tracing.InMemorySpanExporter();
  const metricExporter = new metrics.InMemoryMetricExporter(metrics.AggregationTemporality.CUMULATIVE);
  const metricReader = new metrics.PeriodicExportingMetricReader({ exporter: metricExporter });
  const logExporter = new logs.InMemoryLogRecordExporter();
  new NodeSDK({
    instrumentations: [new SnakepitInstrumentation()],
    spanProcessors: [new tracing.SimpleSpanProcessor(spanExporter)],
    metricReaders: [metricReader],
    logRecordProcessors: [new logs.SimpleLogRecordProcessor({ exporter: logExporter })],
  }).start();
  return { spanExporter, metricExporter, metricReader, logExporter };
};
