// Compares a sample of eight GPUs with and without a logger at `info`, whose level drops every line of a sample.
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

const readings = Array.from({ length: 8 }, (_, index) => ({
  device: `cuda:${index}`,
  index,
  vendor: 'nvidia',
  uuid: `GPU-0000000${index}-1111-2222-3333-444444444444`,
  name: 'Fake GPU 80GB',
  memoryUsedMib: 20_480,
  memoryTotalMib: 81_920,
  memoryFreeMib: 61_440,
  gpuPercent: 80,
  memoryControllerPercent: 40,
  celsius: 60,
  watts: 300.5,
  limitWatts: 700,
  energyJoules: 1234.5,
  graphicsClockMhz: 1980,
  smClockMhz: 1980,
  memoryClockMhz: 2619,
  videoClockMhz: 1545,
  throttleReasons: ['sw_power_cap'],
  processes: [{ pid: 4711, name: 'python', usedMib: 18_432 }],
}));
const source = {
  name: 'fake',
  sample: async () => ({ readings, faults: [] }),
  close: async () => {},
};
const meterProvider = new MeterProvider({
  readers: [
    new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(1),
      exportIntervalMillis: 3_600_000,
    }),
  ],
});
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
const profiler = new GPUProfiler({ source, enabled: false });
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

report([
  {
    title: 'GPU sample with a logger that drops its lines',
    target: 1.1,
    baseline: 'no logger',
    ours: 'pino at info',
    times,
  },
]);
