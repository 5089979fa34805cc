// Impossible values, from sources in memory and from stand-ins of the driver: no GPU is read.
import { totalmem } from 'node:os';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { GPU_READINGS } from '../../src/gpu/readings.js';
import { attachMany, detach, GPUProfiler, type GpuReading, type GpuSource } from '../../src/index.js';
import { type FakeGpu, fakeGpu, fakeNvml, fullFakeGpu, GIB, noCompiler } from '../fakes/nvml.js';
import { FakeSource, gpu, sampled } from '../helpers/fixtures.js';
import { instrumentedHost } from '../helpers/sdk.js';

const failures: unknown[] = [];
afterEach(() => {
  detach('failures');
  failures.length = 0;
});

function profilerOf(source: GpuSource | 'nvml', nvmlLibrary?: string): GPUProfiler {
  attachMany('failures', ['snakepit.gpu.sample.failed'], ({ metadata }) => void failures.push(metadata));
  const profiler = new GPUProfiler({ enabled: false, source, ...(nvmlLibrary && { nvmlLibrary }) });
  onTestFinished(() => profiler.shutdown());
  return profiler;
}

const pointsOf = async (host: ReturnType<typeof instrumentedHost>, name: string) =>
  ((await host.metric(name))?.dataPoints ?? []) as { attributes: Record<string, unknown>; value: unknown }[];

const readingOf = async (reading: Partial<GpuReading>) =>
  (await profilerOf(new FakeSource(() => sampled(gpu(0, reading)))).sampleNow())[0];

it.each([
  ['gpuPercent', [4_294_967_295, 808_334_905, 2619, 101, -1, Number.NaN, Number.POSITIVE_INFINITY]],
  ['memoryControllerPercent', [4_294_967_295, 101]],
  ['encoderPercent', [4_294_967_295, 101]],
  ['decoderPercent', [4_294_967_295, 101]],
  ['watts', [4_294_967.295, -5]],
  ['limitWatts', [4_294_967.295]],
  ['celsius', [4_294_967_295, 255, 1000, -273]],
  ['memoryTotalMib', [2 ** 44, -1]],
  ['memoryUsedMib', [2 ** 44]],
  ['energyJoules', [2 ** 64 / 1000]],
  ['graphicsClockMhz', [4_294_967_295]],
  ['fanPercent', [4_294_967_295]],
  ['pcieTransmitBytesPerSecond', [4_294_967_295_000]],
  ['eccUncorrectedErrors', [4_294_967_295, 2 ** 64]],
] as const)('removes an impossible %s and reports it as a failed reading', async (key, values) => {
  for (const value of values) {
    failures.length = 0;
    const reading = await readingOf({ [key]: value, smClockMhz: 1500 });
    expect(reading?.[key]).toBeUndefined();
    expect(reading?.smClockMhz).toBe(1500);
    expect(failures).toEqual([{ source: 'fake', reason: 'implausible', device: 'cuda:0' }]);
    detach('failures');
  }
});

it('removes a value beyond the range of each reading', async () => {
  for (const [key, { range, label }] of Object.entries(GPU_READINGS)) {
    for (const value of [range[1] * 2 + 1, range[0] - 1, Number.NaN]) {
      // 0 means that the driver has no value.
      if (value === 0) continue;
      failures.length = 0;
      const reading = await readingOf({ [key]: value });
      expect([label, reading?.[key as keyof GpuReading]]).toEqual([label, undefined]);
      expect(failures).toMatchObject([{ reason: 'implausible', device: 'cuda:0' }]);
      detach('failures');
    }
  }
});

it('removes impossible values of processes, and keeps the rest of each', async () => {
  const reading = await readingOf({
    processes: [
      { pid: 1, usedMib: 2 ** 44, gpuPercent: 40 },
      { pid: 2, usedMib: 10, gpuPercent: 4_294_967_295, decoderPercent: -1, encoderPercent: 5 },
      { pid: 3, usedMib: 10 },
    ],
  });
  expect(reading?.processes).toEqual([
    { pid: 1, usedMib: undefined, gpuPercent: 40 },
    { pid: 2, usedMib: 10, gpuPercent: undefined, decoderPercent: undefined, encoderPercent: 5 },
    { pid: 3, usedMib: 10 },
  ]);
  expect(failures).toHaveLength(1);
});

it('has a range for every reading that includes its real values', async () => {
  const reading = { gpuPercent: 100, celsius: 91, watts: 1400, fanPercent: 105, memoryTotalMib: 294_912 };
  expect(await readingOf(reading)).toMatchObject(reading);
  expect(failures).toEqual([]);
  for (const { range } of Object.values(GPU_READINGS)) expect(range[0]).toBeLessThanOrEqual(range[1]);
});

it('reports an impossible value once for as long as it lasts, and again for another device or reading', async () => {
  const source = new FakeSource((call) =>
    sampled(gpu(0, { gpuPercent: 2619 }), gpu(1, { gpuPercent: call > 2 ? 2619 : 1 })),
  );
  const profiler = profilerOf(source);
  for (let i = 0; i < 5; i++) await profiler.sampleNow();
  expect(failures).toMatchObject([{ device: 'cuda:0' }, { device: 'cuda:1' }]);
});

it('exports no impossible utilization', async () => {
  const host = instrumentedHost();
  await profilerOf(
    new FakeSource(() => sampled(gpu(0, { gpuPercent: 4_294_967_295, celsius: 40 }))),
  ).sampleNow();
  expect(await host.value('snakepit.gpu.temperature.celsius')).toBe(40);
  expect(await pointsOf(host, 'snakepit.gpu.utilization.percent')).toEqual([]);
  expect(await host.value('snakepit.gpu.sample_failures.total')).toBe(1);
});

it('removes all of the memory if a part of it exceeds the total', async () => {
  const reading = await readingOf({ memoryUsedMib: 20_000, memoryTotalMib: 4, memoryFreeMib: 0 });
  expect(reading).toMatchObject({ memoryUsedMib: undefined, memoryTotalMib: undefined });
  expect(failures).toHaveLength(1);
});

it.each([
  ['power limit without power', { limitWatts: 60 }, 'power.sampled', { limit_watts: 60 }],
  [
    'used and total memory without free memory',
    { memoryUsedMib: 2856, memoryTotalMib: 11_175 },
    'memory.sampled',
    { used_mb: 2856, total_mb: 11_175, free_mb: 8319 },
  ],
  ['total memory alone', { memoryTotalMib: 11_175 }, 'memory.sampled', { total_mb: 11_175 }],
] as const)('publishes a %s', async (_what, reading, event, measurements) => {
  const published: unknown[] = [];
  attachMany('readings', [`snakepit.gpu.${event}`], (each) => void published.push(each.measurements));
  onTestFinished(() => void detach('readings'));
  await readingOf(reading);
  expect(published).toEqual([measurements]);
});

describe('an NVIDIA driver', () => {
  const readNvml = async (rest: FakeGpu) => {
    const nvml = await fakeNvml({ gpus: [fakeGpu(0, rest)] });
    onTestFinished(() => nvml.remove());
    return (await profilerOf('nvml', nvml.library).sampleNow())[0];
  };

  it.skipIf(noCompiler)('that succeeds with zeros reports no memory, power or temperature', async () => {
    const reading = await readNvml({ memory: [0, 0, 0, 0], power: [0, 0], celsius: 0, energy: 0 });
    for (const key of [
      'memoryTotalMib',
      'memoryUsedMib',
      'memoryFreeMib',
      'watts',
      'celsius',
      'energyJoules',
    ] as const)
      expect(reading?.[key]).toBeUndefined();
    expect(reading?.gpuPercent).toBe(80);
  });

  it.skipIf(noCompiler)('that returns 4294967295 reports no utilization and no power', async () => {
    const reading = await readNvml({ utilization: [0xffff_ffff, 40], power: [0xffff_ffff, 700_000] });
    expect(reading).toMatchObject({ gpuPercent: undefined, watts: undefined, memoryControllerPercent: 40 });
    expect(failures).toHaveLength(2);
  });

  it.skipIf(noCompiler)('that returns garbage in fields, activity and links reports none of it', async () => {
    const garbage = 0xffff_ffff;
    const reading = await readNvml(
      fullFakeGpu(0, {
        fields: [82, 145, 230, 29].map((id) => ({ id, type: 1, value: garbage })),
        gpm: { 2: 4.2e9, 5: -1, 10: 50, 20: 1e12 },
        link: [garbage, 5, 0, garbage],
        replays: garbage,
      }),
    );
    for (const key of [
      'memoryCelsius',
      'remappedRowsFailed',
      'recoveryAction',
      'retiredSingleBitPages',
      'status',
      'smPercent',
      'tensorPercent',
      'pcieTransmitBytesPerSecond',
      'pcieLinkGeneration',
      'pcieLinkWidth',
      'pcieMaxLinkWidth',
      'pcieReplays',
    ] as const)
      expect([key, reading?.[key]]).toEqual([key, undefined]);
    expect(reading).toMatchObject({ dramPercent: 50, pcieMaxLinkGeneration: 5, watts: 300.5 });
  });

  it.skipIf(noCompiler)('of an integrated GPU without memory of its own reports the machine’s', async () => {
    const reading = await readNvml({ name: 'NVIDIA GB10', memory: undefined, compute: [[4711, 2 * GIB]] });
    expect(reading).toMatchObject({ unifiedMemory: 1, memoryTotalMib: Math.round(totalmem() / 2 ** 20) });
    expect(reading?.memoryUsedMib).toBeGreaterThan(0);
    expect(reading?.processes).toMatchObject([{ usedMib: 2048 }]);
  });

  it.skipIf(noCompiler)('of another GPU without memory reports none', async () => {
    expect(await readNvml({ memory: undefined })).toMatchObject({ memoryTotalMib: undefined });
  });
});

it('keeps the name of a device that the driver reports at times only', async () => {
  const host = instrumentedHost({ gpuConventions: 'both' });
  const rest = { memoryUsedMib: 1, memoryTotalMib: 4, pciAddress: '0000:1b:00.0' };
  const source = new FakeSource((call) =>
    sampled(
      call % 2 === 1
        ? gpu(0, { ...rest, name: 'H100', driverVersion: '550' })
        : gpu(0, { ...rest, uuid: undefined }),
    ),
  );
  const profiler = profilerOf(source);
  await profiler.sampleNow();
  expect(await profiler.sampleNow()).toMatchObject([{ name: 'H100', uuid: 'GPU-0', driverVersion: '550' }]);
  const series = (await pointsOf(host, 'hw.gpu.memory.usage')).map(({ attributes }) => attributes['hw.name']);
  expect(series).toEqual(['H100']);
});

it('gives the running total of each GPU a series of its own', async () => {
  const host = instrumentedHost();
  const source = new FakeSource((call) =>
    call === 1
      ? sampled(
          gpu(0, { uuid: 'GPU-BBBB', energyJoules: 1000 }),
          gpu(1, { uuid: 'GPU-AAAA', energyJoules: 5e6 }),
        )
      : sampled(gpu(0, { uuid: 'GPU-AAAA', energyJoules: 5e6 + 1 })),
  );
  const profiler = profilerOf(source);
  const totals = async () =>
    new Map(
      (await pointsOf(host, 'snakepit.gpu.energy.joules.total')).map(({ attributes, value }) => [
        `${attributes.device} ${attributes.gpu_id}`,
        value,
      ]),
    );
  await profiler.sampleNow();
  expect(await totals()).toEqual(
    new Map([
      ['cuda:0 GPU-BBBB', 1000],
      ['cuda:1 GPU-AAAA', 5e6],
    ]),
  );
  await profiler.sampleNow();
  expect((await totals()).get('cuda:0 GPU-AAAA')).toBe(5e6 + 1);
  expect((await totals()).get('cuda:0 GPU-BBBB')).not.toBe(5e6 + 1);
});
