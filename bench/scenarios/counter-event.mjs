// Compares an event that feeds one counter with the same counter by hand and with prom-client. Includes collection.
import { metrics } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { execute, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import client from 'prom-client';
import { compare, report } from '../compare.mjs';

const exporter = new InMemoryMetricExporter(1);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(meterProvider);
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });

const byHand = metrics.getMeter('by-hand').createCounter('calls.allowed');
const promClient = new client.Counter({ name: 'calls_allowed', help: 'calls', labelNames: ['pool'] });
const pools = ['default', 'vision', 'text', 'audio'];

const times = await compare(
  {
    'counter.add': (i) => byHand.add(1, { pool: pools[i & 3] }),
    execute: (i) =>
      execute('snakepit.circuit_breaker.call.allowed', {}, { pool: pools[i & 3], state: 'closed' }),
    'prom-client inc': (i) => promClient.inc({ pool: pools[i & 3] }),
  },
  {
    calls: 100_000,
    afterRound: async () => {
      await reader.forceFlush();
      exporter.reset();
    },
  },
);
await meterProvider.shutdown();

report([
  { title: 'event that feeds one counter', target: 1.1, baseline: 'counter.add', ours: 'execute', times },
]);
