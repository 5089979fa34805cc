// Measures a call through an opossum breaker: plain, with this package, and with opossum-prometheus. Metrics are not collected: the cost
// of collection depends on time, not on calls.
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

const createBreaker = (name) =>
  new CircuitBreaker(async () => name, { name, timeout: false, rollingPercentilesEnabled: false });
const plain = createBreaker('plain');
const ours = createBreaker('ours');
instrumentBreaker(ours);
const rival = createBreaker('rival');
const registry = new client.Registry();
new PrometheusMetrics({ circuits: [rival], registry });

// Calls are fired without waiting, and have all settled before the round ends.
let last;
const times = await compare(
  {
    opossum: () => {
      last = plain.fire();
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
for (const breaker of [plain, ours, rival]) breaker.shutdown();
await meterProvider.shutdown();

const overhead = (name) => Math.max(times[name] - times.opossum, 0);
report([
  {
    title: 'breaker call around an empty function',
    target: 4,
    baseline: 'opossum',
    ours: 'instrumented',
    times,
  },
  {
    title: 'cost that telemetry adds to a breaker call',
    target: 1,
    baseline: 'opossum-prometheus',
    ours: 'instrumented',
    times: { instrumented: overhead('instrumented'), 'opossum-prometheus': overhead('opossum-prometheus') },
  },
]);
