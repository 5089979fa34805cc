// A sample of eight GPUs through NVML (a fake of the library), against one start of an nvidia-smi that does nothing.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { NvmlSource } from '../../dist/esm/gpu/sources/nvml/nvml-source.js';
import { compiledNvidiaSmi, compiledNvml } from '../../test/fakes/compile.mjs';
import { compareCost, onOneProcessor, quantile, report } from '../compare.mjs';

const GPUS = 8;
/** Of event loop delays. What nine of ten keep to is told: now and then the loop is late, whatever runs. */
const ROUNDS = 100;
const lines = [
  '- driver 550.54.15',
  ...Array.from({ length: GPUS }, (_, i) => `${i} uuid GPU-0000000${i}-1111-2222-3333-444444444444`),
  '* name Fake GPU 80GB',
  '* memory 85899345920 1073741824 64424509440 20401094656',
  '* utilization 80 40',
  '* codecs 0 0',
  '* celsius 60',
  '* power 300500 700000',
  '* energy 1234567',
  '* clocks 1980 1980 2619 1545',
  '* reasons 4',
  '* fans 30 45',
  '* pcie 1500 2500',
  '* ecc 0 0',
  '* compute 4711 19327352832',
];

const compiled = await compiledNvml();
const root = mkdtempSync(join(tmpdir(), 'gpu-sample-'));
/** @param {string} name of a folder for a library of its own, with its script */
function openFake(name, ...first) {
  const folder = join(root, name);
  mkdirSync(folder);
  const library = join(folder, 'libnvidia-ml.so.1');
  copyFileSync(compiled, library);
  const script = (...more) => {
    writeFileSync(join(folder, 'next'), `${[...lines, ...more].join('\n')}\n`);
    renameSync(join(folder, 'next'), join(folder, 'script'));
  };
  script(...first);
  return { source: new NvmlSource(library), script };
}

const nvidiaSmi = await compiledNvidiaSmi();
const run = promisify(execFile);
// `final` stops the fake from checking for a new script, which is not part of a sample's cost.
const { source: final } = openFake('final', '- final 1');
const { source, script } = openFake('changing');
const { signal } = new AbortController();
const hold = setInterval(() => {}, 1000);

const costs = () =>
  compareCost(
    {
      'nvidia-smi spawn': () => run(nvidiaSmi),
      'NVML sample': () => final.sample(signal),
      'NVML fast sample': () => final.sampleFast(signal),
    },
    { calls: { 'nvidia-smi spawn': 30, 'NVML sample': 2000, 'NVML fast sample': 2000 } },
  );
const onOne = await onOneProcessor(costs);
const onAll = await costs();
await final.close();

// What a sample is made into is part of what the event loop does for it.
const reader = new PeriodicExportingMetricReader({
  exporter: new InMemoryMetricExporter(1),
  exportIntervalMillis: 3_600_000,
});
const meterProvider = new MeterProvider({ readers: [reader] });
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
const profiler = new GPUProfiler({ source, enabled: false });

const delays = { idle: [], 'with samples': [], 'while a call hangs': [] };
for (let round = 0; round < ROUNDS; round++) {
  delays.idle.push(await longestDelay(() => {}));
  delays['with samples'].push(await longestDelay(() => profiler.sampleNow()));
  script('* hang nvmlDeviceGetPowerUsage');
  const hanging = profiler.sampleNow();
  delays['while a call hangs'].push(await longestDelay(() => {}));
  script();
  await hanging;
}
await profiler.shutdown();
await meterProvider.shutdown();
clearInterval(hold);
rmSync(root, { recursive: true });

/** The longest that the event loop was late while something was done, ns. */
async function longestDelay(work) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await sleep(5);
  await work();
  await sleep(40);
  delay.disable();
  return delay.max;
}

const floor = 'nvidia-smi spawn';
const rows = (where, { cpu, waited }, target) =>
  ['sample', 'fast sample'].flatMap((what) => {
    const ours = `NVML ${what}`;
    const row = (title, times) => ({
      title,
      floor,
      ours,
      times: { [floor]: times[floor], [ours]: times[ours] },
    });
    return [
      { ...row(`${what} of 8 GPUs, ${where}: CPU`, cpu), target },
      row(`${what} of 8 GPUs, ${where}: waiting`, waited),
    ];
  });
const [idle, sampling, hung] = Object.values(delays).map((each) => quantile(each, 0.9));
report([
  ...rows('one processor', onOne, 0.02),
  ...rows('all processors', onAll),
  {
    title: 'longest delay of the event loop, 9 of 10',
    targetNs: 1e6,
    floor: 'idle',
    ours: 'with samples',
    times: { idle, 'with samples': sampling },
  },
  {
    title: 'longest delay of the event loop, 9 of 10',
    targetNs: 1e6,
    floor: 'idle',
    ours: 'while a call hangs',
    times: { idle, 'while a call hangs': hung },
  },
]);
