// Compares a sample of eight GPUs through a fake NVML with one start of a fake nvidia-smi that does nothing, and the delay of the event
// loop during samples of 8 and 64 GPUs with that of an idle process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { GPUProfiler, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
import { NvmlSource } from '../../dist/esm/gpu/sources/nvml/nvml-source.js';
import { compiledNvidiaSmi } from '../../test/fakes/compile.mjs';
import { compareCost, onOneProcessor, quantile, report } from '../compare.mjs';
import { fakeNvml } from '../fake-nvml.mjs';
import { longestDelay } from '../longest-delay.mjs';

const GPUS = 8;
const MANY_GPUS = 64;
/** Measurements of the event loop delay. The 90th percentile is reported, since the loop is late at times whatever runs. */
const ROUNDS = 100;
const nvidiaSmi = await compiledNvidiaSmi();
const run = promisify(execFile);
const final = new NvmlSource(fakeNvml(GPUS, '- final 1').library);
const { library, script } = fakeNvml(GPUS);
const source = new NvmlSource(library);
const many = new NvmlSource(fakeNvml(MANY_GPUS, '- final 1').library);
const { signal } = new AbortController();
// Keeps the process running while only unreferenced handles are open.
const keepAlive = setInterval(() => {}, 1000);

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

// Publishing and recording a sample are part of its work on the event loop.
const reader = new PeriodicExportingMetricReader({
  exporter: new InMemoryMetricExporter(1),
  exportIntervalMillis: 3_600_000,
});
const meterProvider = new MeterProvider({ readers: [reader] });
registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
const profiler = new GPUProfiler({ source, enabled: false });

const manyProfiler = new GPUProfiler({ source: many, enabled: false });

await manyProfiler.sampleNow();
if (manyProfiler.getStats().deviceCount !== MANY_GPUS) throw new Error('the fake NVML lists fewer GPUs');
const delays = { idle: [], 'with samples': [], 'with samples of 64 GPUs': [], 'while a call hangs': [] };
for (let round = 0; round < ROUNDS; round++) {
  delays.idle.push(await longestDelay(() => {}));
  delays['with samples'].push(await longestDelay(() => profiler.sampleNow()));
  delays['with samples of 64 GPUs'].push(await longestDelay(() => manyProfiler.sampleNow()));
  script('* hang nvmlDeviceGetPowerUsage');
  const hanging = profiler.sampleNow();
  delays['while a call hangs'].push(await longestDelay(() => {}));
  script();
  await hanging;
}
await Promise.all([profiler.shutdown(), manyProfiler.shutdown()]);
await meterProvider.shutdown();
clearInterval(keepAlive);

const baseline = 'nvidia-smi spawn';
const comparisons = (where, { cpu, elapsed }, target) =>
  ['sample', 'fast sample'].flatMap((kind) => {
    const ours = `NVML ${kind}`;
    const comparison = (title, times) => ({
      title,
      baseline,
      ours,
      times: { [baseline]: times[baseline], [ours]: times[ours] },
    });
    return [
      { ...comparison(`${kind} of 8 GPUs, ${where}: CPU time`, cpu), target },
      comparison(`${kind} of 8 GPUs, ${where}: elapsed time`, elapsed),
    ];
  });
const [idle, sampling, samplingMany, hung] = Object.values(delays).map((each) => quantile(each, 0.9));
report([
  ...comparisons('one processor', onOne, 0.02),
  ...comparisons('all processors', onAll),
  {
    title: 'event loop delay, 90th percentile',
    targetNs: 1e6,
    baseline: 'idle',
    ours: 'with samples',
    times: { idle, 'with samples': sampling },
  },
  {
    title: 'event loop delay, 90th percentile',
    targetNs: 1e6,
    baseline: 'idle',
    ours: 'with samples of 64 GPUs',
    times: { idle, 'with samples of 64 GPUs': samplingMany },
  },
  {
    title: 'event loop delay, 90th percentile',
    targetNs: 1e6,
    baseline: 'idle',
    ours: 'while a call hangs',
    times: { idle, 'while a call hangs': hung },
  },
]);
