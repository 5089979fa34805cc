// A call through an opossum breaker: bare, with this package, and with opossum-prometheus. Without collection, whose cost
// is one of time, not of calls.
import { metrics } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { instrumentBreaker, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import CircuitBreaker from 'opossum';
import PrometheusMetrics from 'opossum-prometheus';
import client from 'prom-client';
import { compare, report } from '../compare.mjs';

const exporter = new InMemoryMetricExporter(1);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(meterProvider);
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });

const breakerOf = (name) =>
  new CircuitBreaker(async () => name, { name, timeout: false, rollingPercentilesEnabled: false });
const bare = breakerOf('bare');
const ours = breakerOf('ours');
instrumentBreaker(ours);
const rival = breakerOf('rival');
const registry = new client.Registry();
new PrometheusMetrics({ circuits: [rival], registry });

// Calls are fired one after the other, and have all come to their end before the round has.
let last;
const times = await compare(
  {
    opossum: () => {
      last = bare.fire();
    },
    instrumented: () => {
      last = ours.fire();
    },
    'opossum-prometheus': () => {
      last = rival.fire();
    },
  },
  { calls: 2000, rounds: 201, afterRound: () => last },
);
for (const breaker of [bare, ours, rival]) breaker.shutdown();
await meterProvider.shutdown();

const overhead = (name) => Math.max(times[name] - times.opossum, 0);
report([
  {
    title: 'breaker call around a function that does nothing',
    target: 4,
    baseline: 'opossum',
    ours: 'instrumented',
    times,
  },
  {
    title: 'what telemetry adds to a breaker call',
    target: 1,
    baseline: 'opossum-prometheus',
    ours: 'instrumented',
    times: { instrumented: overhead('instrumented'), 'opossum-prometheus': overhead('opossum-prometheus') },
  },
]);
