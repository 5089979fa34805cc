// Registers the instrumentation with an SDK before the tests of a library.
const { channel } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');
const {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');
const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
new NodeTracerProvider().register();
const instrumentations = {
  piscina: { requireParentSpan: false },
  workerpool: { requireParentSpan: false },
  python: { requireParentSpan: false },
  genericPool: { enabled: true },
};
const instrumentation = new SnakepitInstrumentation({ logLevel: 'error', instrumentations });
instrumentation.setMeterProvider(new MeterProvider({ readers: [reader] }));

// Proves that the libraries were instrumented.
let events = 0;
for (const name of ['call.allowed', 'call.rejected', 'call.timeout', 'call.bulkhead_rejected']) {
  channel(`snakepit.circuit_breaker.${name}`).subscribe(() => events++);
}
const EVENTS = [
  'retry.attempt',
  'retry.success',
  'pool.call.dispatched',
  'pool.queue.dequeued',
  'python.call.start',
];
for (const name of EVENTS) {
  channel(`snakepit.${name}`).subscribe(() => events++);
}
process.once('exit', () => appendFileSync(process.env.UPSTREAM_EVENTS, `${events}\n`));
