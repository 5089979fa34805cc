// From a driver's library to what a host's exporters receive. The library is a stand-in that does what scripts say.
import { afterEach, expect, test, vi } from 'vitest';
import { GPUProfiler, span } from '../../src/index.js';
import { type FakeNvml, fakeGpu, fakeNvml, GIB, noCompiler } from '../fakes/nvml.js';
import { instrumentedHost } from '../helpers/sdk.js';

let nvml: FakeNvml;
let profiler: GPUProfiler;
afterEach(async () => {
  await profiler.shutdown();
  await nvml.remove();
});

const INTERVAL_MS = 100;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const start = (options: { intervalMs?: number; enabled?: boolean } = {}) => {
  profiler = new GPUProfiler({
    source: 'nvml',
    nvmlLibrary: nvml.library,
    intervalMs: INTERVAL_MS,
    ...options,
  });
  return profiler;
};

test.skipIf(noCompiler)(
  'a device that is lost stops being reported within three intervals, is told, and comes back; the others go on',
  async () => {
    const gpus = [0, 1, 2].map((index) => fakeGpu(index));
    nvml = await fakeNvml({ gpus });
    const host = instrumentedHost();
    // Long enough that devices which are there do not fall silent on a machine under load.
    const intervalMs = 500;
    start({ intervalMs });
    const reported = async () =>
      ((await host.metric('snakepit.gpu.temperature.celsius'))?.dataPoints ?? [])
        .map(({ attributes }) => attributes.device)
        .toSorted();
    const told = () => host.logs().map(({ body }) => body);
    await vi.waitUntil(async () => (await reported()).length === 3, 5000);

    const GPU_IS_LOST = 15;
    const lost = fakeGpu(1, { xids: [79], returns: { nvmlDeviceGetMemoryInfo_v2: GPU_IS_LOST } });
    const lostAt = performance.now();
    await nvml.script({ gpus: gpus.with(1, lost) });
    await vi.waitFor(async () => expect(await reported()).toEqual(['cuda:0', 'cuda:2']), {
      timeout: 5000,
      interval: 10,
    });
    // With the samples and collections that it took; a machine that stands still for so long would be another failure.
    expect(performance.now() - lostAt).toBeLessThan(3 * intervalMs + 1000);
    expect(told()).toContain('GPU lost: device=cuda:1');
    expect(told()).toContain('GPU error: Xid 79 device=cuda:1');
    expect(await host.value('snakepit.gpu.xid_errors.total', { device: 'cuda:1', xid: 79 })).toBe(1);
    expect(await host.value('snakepit.gpu.devices.lost.total', { device: 'cuda:1' })).toBe(1);

    const before = profiler.getStats().sampleCount;
    await vi.waitUntil(() => profiler.getStats().sampleCount > before + 3, 5000);
    expect(await reported()).toEqual(['cuda:0', 'cuda:2']);

    await nvml.script({ gpus });
    await vi.waitUntil(async () => (await reported()).length === 3, 5000);
    expect(await host.value('snakepit.gpu.devices.found.total', { device: 'cuda:1' })).toBe(2);
    expect(await host.value('snakepit.gpu.devices.lost.total', { device: 'cuda:1' })).toBe(1);
  },
);

const BASE_WATTS = 100;
const LOAD = { from: 0.5, to: 1, milliwatts: 400_000, bytes: 8 * GIB };

// One sample is worth its interval at the power of the load; the counter does not need to be caught at the right moment.
const ONE_SAMPLE_JOULES = (INTERVAL_MS / 1000) * (LOAD.milliwatts / 1000 + BASE_WATTS);
test.skipIf(noCompiler).each([
  ['by its energy counter', { energy: 5_000_000 }, ONE_SAMPLE_JOULES / 5],
  ['by its power alone', {}, ONE_SAMPLE_JOULES],
])('a span around a scripted load has the energy and the peak of it: %s', async (_, counter, tolerance) => {
  const memory = [80 * GIB, GIB, 78 * GIB, GIB] as const;
  const scripted = { power: [BASE_WATTS * 1000, 700_000], memory, loads: [LOAD] } as const;
  nvml = await fakeNvml({});
  const host = instrumentedHost();
  start();
  const scriptedAt = Date.now() / 1000;
  await nvml.script({ gpus: [fakeGpu(0, { energy: undefined, ...scripted, ...counter }), fakeGpu(1)] });
  await vi.waitUntil(() => profiler.getStats().deviceCount === 2, 5000);
  await span('forward', {}, () => sleep(1200), { gpu: 'cuda:0' });
  await vi.waitUntil(() => host.spans().length === 1);

  const [finished] = host.spans();
  if (finished === undefined) throw new Error('no span');
  const { attributes, startTime, endTime } = finished;
  const [from, to] = [startTime, endTime].map(([s, ns]) => s + ns / 1e9) as [number, number];
  // All of the load, unless the machine took long to begin.
  const loadSeconds = LOAD.to - Math.max(LOAD.from, from - scriptedAt);
  const joules = (to - from) * BASE_WATTS + loadSeconds * (LOAD.milliwatts / 1000);
  expect(attributes).toMatchObject({
    'snakepit.gpu.device': 'cuda:0',
    'snakepit.gpu.memory.peak_mb': 9 * 1024,
    'snakepit.gpu.memory.delta_mb': 0,
  });
  expect(Math.abs(Number(attributes['snakepit.gpu.energy.joules']) - joules)).toBeLessThan(tolerance);
  expect(attributes['snakepit.gpu.samples']).toBeGreaterThan(5);
  expect(attributes).not.toHaveProperty('snakepit.gpu.shared');
});
