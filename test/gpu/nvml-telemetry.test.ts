// From the driver's library to the host's exporters. The library is a scripted fake.
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
  'stops reporting a lost device within three intervals, logs the loss, and reports the device again once it is back',
  async () => {
    const gpus = [0, 1, 2].map((index) => fakeGpu(index));
    nvml = await fakeNvml({ gpus });
    const host = instrumentedHost();
    // Long enough that the series of present devices do not expire on a machine under load.
    const intervalMs = 500;
    start({ intervalMs });
    const reported = async () =>
      ((await host.metric('snakepit.gpu.temperature.celsius'))?.dataPoints ?? [])
        .map(({ attributes }) => attributes.device)
        .toSorted();
    const logged = () => host.logs().map(({ body }) => body);
    await vi.waitUntil(async () => (await reported()).length === 3, 5000);

    const GPU_IS_LOST = 15;
    const lost = fakeGpu(1, { xids: [79], returns: { nvmlDeviceGetMemoryInfo_v2: GPU_IS_LOST } });
    const lostAt = performance.now();
    await nvml.script({ gpus: gpus.with(1, lost) });
    await vi.waitFor(async () => expect(await reported()).toEqual(['cuda:0', 'cuda:2']), {
      timeout: 5000,
      interval: 10,
    });
    // With a margin for the samples and collections in between.
    expect(performance.now() - lostAt).toBeLessThan(3 * intervalMs + 1000);
    expect(logged()).toContain('GPU lost: device=cuda:1');
    expect(logged()).toContain('GPU error: Xid 79 device=cuda:1');
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
// The span begins before the load, also on a slow machine.
const LOAD = { from: 2, to: 2.5, milliwatts: 400_000, bytes: 8 * GIB };

// One sample accounts for an interval at the power of the load. The energy counter does not depend on when it is read.
const ONE_SAMPLE_JOULES = (INTERVAL_MS / 1000) * (LOAD.milliwatts / 1000 + BASE_WATTS);
test.skipIf(noCompiler).each([
  ['the energy counter', { energy: 5_000_000 }, ONE_SAMPLE_JOULES / 5],
  ['power only', {}, ONE_SAMPLE_JOULES],
])(
  'records energy and peak memory of a load on the span around it, with %s',
  async (_, counter, tolerance) => {
    const memory = [80 * GIB, GIB, 78 * GIB, GIB] as const;
    const scripted = { power: [BASE_WATTS * 1000, 700_000], memory, loads: [LOAD] } as const;
    nvml = await fakeNvml({});
    const host = instrumentedHost();
    start();
    const scriptedAt = Date.now() / 1000;
    await nvml.script({ gpus: [fakeGpu(0, { energy: undefined, ...scripted, ...counter }), fakeGpu(1)] });
    await vi.waitUntil(() => profiler.getStats().deviceCount === 2, 5000);
    // Real time, since the fake integrates power over it: until the load is over and was sampled.
    const runLoad = async () => {
      await vi.waitUntil(() => Date.now() / 1000 > scriptedAt + LOAD.to, 5000);
      const { sampleCount } = profiler.getStats();
      await vi.waitUntil(() => profiler.getStats().sampleCount > sampleCount + 1, 5000);
    };
    await span('forward', {}, runLoad, { gpu: 'cuda:0' });
    await vi.waitUntil(() => host.spans().length === 1);

    const [finished] = host.spans();
    if (finished === undefined) throw new Error('no span');
    const { attributes, startTime, endTime } = finished;
    const [from, to] = [startTime, endTime].map(([s, ns]) => s + ns / 1e9) as [number, number];
    // The part of the load within the span.
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
  },
);
