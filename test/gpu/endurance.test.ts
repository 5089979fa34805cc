// Samples of a day at ten a second, as fast as they go: `ENDURANCE_SAMPLES=864000 npx vitest run test/gpu/endurance.test.ts`.
// By default, those of an hour. The driver's library is a fake.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test } from 'vitest';
import { GPUProfiler, span } from '../../src/index.js';
import { fakeGpu, fakeNvml, GIB, noCompiler } from '../fakes/nvml.js';
import { instrumentedHost } from '../helpers/sdk.js';

const SAMPLES = Number(process.env.ENDURANCE_SAMPLES ?? 36_000);
const MEGABYTE = 1e6;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test.skipIf(noCompiler)(`memory stays flat over ${SAMPLES} samples`, { timeout: 3_600_000 }, async () => {
  const gpus = [0, 1].map((index) => fakeGpu(index, { compute: [[process.pid, GIB]] }));
  const nvml = await fakeNvml({ gpus });
  const host = instrumentedHost({ gpuConventions: 'both' });
  const profiler = new GPUProfiler({
    source: 'nvml',
    nvmlLibrary: nvml.library,
    intervalMs: 100,
    enabled: false,
  });
  onTestFinished(async () => {
    await profiler.shutdown();
    await nvml.remove();
  });

  const heap: number[] = [];
  const resident: number[] = [];
  const measureEvery = SAMPLES / 10;
  for (let sample = 1; sample <= SAMPLES; sample++) {
    // A device that comes and goes, a collection every ten seconds, a span every minute.
    if (sample % 6000 === 0) await nvml.script({ gpus: sample % 12_000 === 0 ? gpus : gpus.slice(0, 1) });
    if (sample % 600 === 0) await span('forward', {}, () => profiler.sampleNow(), { gpu: 'cuda:0' });
    else await profiler.sampleNow();
    if (sample % 100 === 0) await host.metrics();
    if (sample % measureEvery === 0) {
      host.forget();
      collectGarbage();
      heap.push(process.memoryUsage().heapUsed / MEGABYTE);
      resident.push(process.memoryUsage().rss / MEGABYTE);
    }
  }
  console.log(`heap after each tenth, MB: ${heap.map((size) => size.toFixed(1)).join(' ')}`);
  console.log(`resident after each tenth, MB: ${resident.map((size) => size.toFixed(0)).join(' ')}`);
  expect(profiler.getStats()).toMatchObject({ sampleCount: SAMPLES, failedSamples: 0 });
  // The first tenth warms up. Resident memory has the driver's thread and its library in it, and what the allocator keeps.
  const grown = (sizes: number[]) => (sizes.at(-1) ?? 0) - (sizes[1] ?? 0);
  expect(grown(heap)).toBeLessThan(2);
  expect(grown(resident)).toBeLessThan(30);
});
