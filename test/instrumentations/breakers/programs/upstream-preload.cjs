// Registers the instrumentation with an SDK before the tests of a library; loaded by `scripts/upstream-suites.mjs`. CommonJS: a process
// that starts with ES modules takes longer to exit, which the suite of cockatiel measures.
const { channel } = require('node:diagnostics_channel');
const { appendFileSync } = require('node:fs');
const { context } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');
const { SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const instrumentation = new SnakepitInstrumentation({ logLevel: 'error' });
instrumentation.setMeterProvider(new MeterProvider({ readers: [reader] }));

// Proves that the libraries were instrumented.
let events = 0;
for (const name of ['call.allowed', 'call.rejected', 'call.timeout', 'call.bulkhead_rejected']) {
  channel(`snakepit.circuit_breaker.${name}`).subscribe(() => events++);
}
for (const name of ['attempt', 'success']) channel(`snakepit.retry.${name}`).subscribe(() => events++);
process.once('exit', () => appendFileSync(process.env.UPSTREAM_EVENTS, `${events}\n`));
