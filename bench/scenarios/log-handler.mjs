// Compares a sample of eight GPUs through a fake NVML with and without a logger at `info`, whose level drops every line of a sample.
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { compiledNvml } from '../../test/fakes/compile.mjs';
import { compareCost, report } from '../compare.mjs';

const GPUS = 8;
/** Readings of the stand-in for NVML. They do not change. */
const SCRIPT = [
  '- final 1',
  '- driver 550.54.15',
  ...Array.from(
    { length: GPUS },
    (_, i) => `${i} uuid GPU-${String(i).padStart(8, '0')}-1111-2222-3333-444444444444`,
  ),
  '* name Fake GPU 80GB',
  '* memory 85899345920 1073741824 64424509440 20401094656',
  '* utilization 80 40',
  '* celsius 60',
  '* power 300500 700000',
  '* energy 1234567',
  '* clocks 1980 1980 2619 1545',
  '* reasons 4',
  '* compute 4711 19327352832',
];
const folder = mkdtempSync(join(tmpdir(), 'log-handler-'));
const nvmlLibrary = join(folder, 'libnvidia-ml.so.1');
copyFileSync(await compiledNvml(), nvmlLibrary);
writeFileSync(join(folder, 'script'), `${SCRIPT.join('\n')}\n`);
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
rmSync(folder, { recursive: true });

report([
  {
    title: 'GPU sample with a logger that drops its lines',
    target: 1.1,
    baseline: 'no logger',
    ours: 'pino at info',
    times,
  },
]);
