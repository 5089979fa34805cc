// Compares an event that feeds one counter by the number of its attribute sets: the cost must not jump. Includes collection.
import { metrics } from '@opentelemetry/api';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { counter, execute, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { compare, report } from '../compare.mjs';

const sizes = [100, 400, 600, 1900];
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
const meterProvider = new MeterProvider({ readers: [reader] });
metrics.setGlobalMeterProvider(meterProvider);
const events = Object.fromEntries(
  sizes.map((size) => [
    `myapp.sets_${size}.stop`,
    { metrics: [counter(`myapp.sets_${size}`, { description: 'Calls', tags: ['tag'] })] },
  ]),
);
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation({ events })], meterProvider });

const tags = Array.from({ length: 2000 }, (_, i) => `value-${i}`);
const candidates = Object.fromEntries(
  sizes.map((size) => {
    const name = `myapp.sets_${size}.stop`;
    return [`${size} attribute sets`, (i) => execute(name, {}, { tag: tags[i % size] })];
  }),
);
const times = await compare(candidates, {
  calls: 100_000,
  afterRound: async () => {
    await reader.forceFlush();
    exporter.reset();
  },
});
await meterProvider.shutdown();

report([
  {
    title: 'event that feeds one counter, by attribute sets',
    target: 2,
    baseline: '100 attribute sets',
    ours: '1900 attribute sets',
    times,
  },
]);
