// Loaded by `scripts/upstream-suites.mjs` before a library's own tests: the instrumentation, with an SDK that really
// records. CommonJS: a process that begins with ES modules takes longer to end, which the suite of cockatiel looks at.
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

// The suites must not pass because nothing was instrumented.
let events = 0;
for (const name of ['call.allowed', 'call.rejected', 'call.timeout', 'call.bulkhead_rejected']) {
  channel(`snakepit.circuit_breaker.${name}`).subscribe(() => events++);
}
for (const name of ['attempt', 'success']) channel(`snakepit.retry.${name}`).subscribe(() => events++);
process.once('exit', () => appendFileSync(process.env.UPSTREAM_EVENTS, `${events}\n`));
