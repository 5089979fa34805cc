// Compares a sample of eight GPUs through a fake NVML with and without a logger at `info`, whose level drops every line of a sample.
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  attachLogger,
  detachLogger,
  GPUProfiler,
  SnakepitInstrumentation,
} from 'opentelemetry-instrumentation-snakepit';
import pino from 'pino';
import { compareCost, report } from '../compare.mjs';
import { fakeNvml } from '../fake-nvml.mjs';

const { library: nvmlLibrary } = fakeNvml(8, '- final 1');
// Keeps the process running while only unreferenced handles are open.
const keepAlive = setInterval(() => {}, 1000);

const meterProvider = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(1),
      exportIntervalMillis: 3_600_000,
    }),
  ],
});
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
const profiler = new GPUProfiler({ source: 'nvml', nvmlLibrary, enabled: false });
const logger = pino({ level: 'info' }, { write() {} });

let isAttached = false;
/** Attaches or detaches the logger. Each candidate runs many times in a row. */
function setLogger(wanted) {
  if (wanted === isAttached) return;
  isAttached = wanted;
  if (wanted) attachLogger({ logger });
  else detachLogger();
}

const { elapsed: times } = await compareCost(
  {
    'no logger': () => {
      setLogger(false);
      return profiler.sampleNow();
    },
    'pino at info': () => {
      setLogger(true);
      return profiler.sampleNow();
    },
  },
  { calls: { 'no logger': 500, 'pino at info': 500 }, rounds: 41 },
);
await profiler.shutdown();
await meterProvider.shutdown();
clearInterval(keepAlive);

report([
  {
    title: 'GPU sample with a logger that drops its lines',
    target: 1.1,
    baseline: 'no logger',
    ours: 'pino at info',
    times,
  },
]);
