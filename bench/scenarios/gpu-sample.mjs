// Compares a sample of eight GPUs through a fake NVML with one start of a fake nvidia-smi that does nothing, and the turns of the
// event loop during samples of 8 and 64 GPUs with those of an idle process.
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
import { compareCost, onOneProcessor, report } from '../compare.mjs';
import { fakeNvml } from '../fake-nvml.mjs';
import { compareTurns, longestTurn } from '../longest-turn.mjs';

const GPUS = 8;
const MANY_GPUS = 64;
/** Measurements of the longest turn of the event loop. */
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
const turns = { idle: [], 'with samples': [], 'with samples of 64 GPUs': [], 'while a call hangs': [] };
for (let round = 0; round < ROUNDS; round++) {
  turns.idle.push(await longestTurn(() => {}));
  turns['with samples'].push(await longestTurn(() => profiler.sampleNow()));
  turns['with samples of 64 GPUs'].push(await longestTurn(() => manyProfiler.sampleNow()));
  script('* hang nvmlDeviceGetPowerUsage');
  const hanging = profiler.sampleNow();
  turns['while a call hangs'].push(await longestTurn(() => {}));
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
report([
  ...comparisons('one processor', onOne, 0.02),
  ...comparisons('all processors', onAll),
  ...compareTurns(turns),
]);
