// Uses the package as a host does and prints what its exporters received. `load` imports or requires a module.
const { start } = require('./sdk.cjs');

const MINUTE_MS = 60_000;

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
  const sampled = (device, interval_ms) =>
    snakepit.execute('snakepit.gpu.power.sampled', { watts: 100 }, { device, interval_ms });
  sampled('cuda:0', MINUTE_MS);
  sampled('cuda:1', 10 * MINUTE_MS);
  await metricReader.forceFlush();
  const first = latest(metricExporter);
  advanceClock(4 * MINUTE_MS);
  await metricReader.forceFlush();

  // The exporter may receive them in another order: SDK 2.x delays a span that ends before resource detection is complete.
  const finished = new Map(spanExporter.getFinishedSpans().map((span) => [span.name, span]));
  const [child, parent] = [finished.get('postprocess'), finished.get('inference')];
  const { traceId, spanId } = parent.spanContext();
  const devices = (points) => points('snakepit.gpu.power.watts').map(({ attributes }) => attributes.device);
  const received = {
    attached,
    spans: [...finished.keys()].sort(),
    parented: child.parentSpanContext.spanId === spanId,
    attributes: parent.attributes,
    spanEvents: parent.events.map(({ name }) => name),
    opened: latest(metricExporter)('snakepit.circuit_breaker.opened.total').map(({ value, attributes }) => ({
      value,
      attributes,
    })),
    gpus: [devices(first), devices(latest(metricExporter))],
    logs: logExporter.getFinishedLogRecords().map(({ body }) => body),
    correlated: logExporter
      .getFinishedLogRecords()
      .every(({ spanContext }) => spanContext.traceId === traceId),
  };
  process.stdout.write(JSON.stringify(received));
};

/** Makes samples older without waiting. */
function advanceClock(ms) {
  const now = performance.now.bind(performance);
  performance.now = () => now() + ms;
}

/** Returns a lookup of the data points of the latest collection by metric name. */
function latest(exporter) {
  const metrics = exporter
    .getMetrics()
    .at(-1)
    .scopeMetrics.flatMap((scope) => scope.metrics);
  return (name) => metrics.find(({ descriptor }) => descriptor.name === name).dataPoints;
}
