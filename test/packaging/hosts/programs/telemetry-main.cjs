// Uses the package as a host would, and prints what the host's exporters received. `load` imports or requires.
const { start } = require('./sdk.cjs');

exports.main = async (load) => {
  const snakepit = await load('opentelemetry-instrumentation-snakepit');
  const { spanExporter, metricExporter, metricReader, logExporter } = await start(load, snakepit);

  const attached = [];
  snakepit.attach('host', 'snakepit.circuit_breaker.opened', ({ metadata }) => attached.push(metadata.pool));
  await snakepit.span('inference', { pool: 'default' }, async () => {
    await new Promise(setImmediate);
    snakepit.execute(
      'snakepit.circuit_breaker.opened',
      { failure_count: 5 },
      { pool: 'default', reason: 'failures' },
    );
    snakepit.span('postprocess', () => {});
  });
  await metricReader.forceFlush();

  const [child, parent] = spanExporter.getFinishedSpans();
  const { traceId, spanId } = parent.spanContext();
  const metrics = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  const opened = metrics
    .flatMap((scope) => scope.metrics)
    .find(({ descriptor }) => descriptor.name === 'snakepit.circuit_breaker.opened.total');
  const received = {
    attached,
    spans: [child.name, parent.name],
    parented: child.parentSpanContext.spanId === spanId,
    attributes: parent.attributes,
    spanEvents: parent.events.map(({ name }) => name),
    opened: opened.dataPoints.map(({ value, attributes }) => ({ value, attributes })),
    logs: logExporter.getFinishedLogRecords().map(({ body }) => body),
    correlated: logExporter
      .getFinishedLogRecords()
      .every(({ spanContext }) => spanContext.traceId === traceId),
  };
  process.stdout.write(JSON.stringify(received));
};
