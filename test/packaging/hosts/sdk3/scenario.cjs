// What a host on SDK 3.x does with the package. The entries beside this file load everything, in their module system.
exports.run = async ({ api, hooks, instrumentation, sdkLogs, sdkMetrics, sdkTrace, snakepit }) => {
  const spanExporter = new sdkTrace.InMemorySpanExporter();
  const metricExporter = new sdkMetrics.InMemoryMetricExporter(sdkMetrics.AggregationTemporality.CUMULATIVE);
  const logExporter = new sdkLogs.InMemoryLogRecordExporter();
  const spanProcessors = [new sdkTrace.SimpleSpanProcessor({ exporter: spanExporter })];
  const reader = new sdkMetrics.PeriodicExportingMetricReader({ exporter: metricExporter });
  const logProcessor = new sdkLogs.SimpleLogRecordProcessor({ exporter: logExporter });
  const tracerProvider = new sdkTrace.TracerProvider({ spanProcessors });
  const meterProvider = new sdkMetrics.MeterProvider({ readers: [reader] });
  api.context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  api.trace.setGlobalTracerProvider(tracerProvider);
  api.metrics.setGlobalMeterProvider(meterProvider);
  api.logs.setGlobalLoggerProvider(new sdkLogs.LoggerProvider({ processors: [logProcessor] }));
  instrumentation.registerInstrumentations({ instrumentations: [new snakepit.SnakepitInstrumentation()] });

  let attached = 0;
  snakepit.attach('host', 'snakepit.circuit_breaker.opened', () => attached++);
  await snakepit.span('inference', { pool: 'default' }, async () => {
    await new Promise(setImmediate);
    snakepit.execute(
      'snakepit.circuit_breaker.opened',
      { failure_count: 5 },
      { pool: 'default', reason: 'failures' },
    );
    snakepit.span('postprocess', () => {});
  });
  await reader.forceFlush();

  const [child, parent] = spanExporter.getFinishedSpans();
  const metrics = metricExporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const opened = metrics.find(
    ({ descriptor }) => descriptor.name === 'snakepit.circuit_breaker.opened.total',
  );
  const [record] = logExporter.getFinishedLogRecords();
  const seen = {
    node: process.versions.node.split('.')[0],
    attached,
    names: [child.name, parent.name],
    parented: child.parentSpanContext.spanId === parent.spanContext().spanId,
    events: parent.events.map(({ name }) => name),
    attributes: parent.attributes,
    opened: opened.dataPoints[0].value,
    log: record.body,
    correlated: record.spanContext.traceId === parent.spanContext().traceId,
  };
  process.stdout.write(JSON.stringify(seen));
};
