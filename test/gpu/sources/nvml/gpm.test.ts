// Activity of GPUs and MIG devices: means between two samples of the driver's counters.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../../src/gpu/readings.js';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import {
  FAKE_GPM,
  type FakeGpu,
  type FakeNvml,
  fakeGpu,
  fakeNvml,
  fullFakeGpu,
  noCompiler,
} from '../../../fakes/nvml.js';
import { until } from '../../../helpers/fixtures.js';

let nvml: FakeNvml;
let source: NvmlSource;

async function start(...gpus: FakeGpu[]): Promise<void> {
  nvml = await fakeNvml({ gpus });
  source = new NvmlSource(nvml.library);
}
const sample = () => source.sample(new AbortController().signal);
/** Samples until a device has activity, which takes two samples of the counters, 100 ms apart. */
const active = (
  has: (readings: readonly GpuReading[]) => boolean = ([first]) => first?.smPercent !== undefined,
) =>
  until(async () => {
    const { readings, faults } = await sample();
    expect(faults).toEqual([]);
    return has(readings) && readings;
  });

beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await nvml?.script({});
  await source?.close();
  await nvml?.remove();
});

const MEBIBYTE = 2 ** 20;
const ACTIVITY = {
  graphicsEnginePercent: 81,
  smPercent: 72,
  smOccupancyPercent: 33,
  tensorPercent: 54,
  dramPercent: 45,
  fp64Percent: 1,
  fp32Percent: 2,
  fp16Percent: 3,
  pcieTransmitBytesPerSecond: 100 * MEBIBYTE,
  pcieReceiveBytesPerSecond: 200 * MEBIBYTE,
  nvlinkReceiveBytesPerSecond: 300 * MEBIBYTE,
  nvlinkTransmitBytesPerSecond: 400 * MEBIBYTE,
};

it('reads the activity between two samples, and none from the first', async () => {
  await start(fullFakeGpu(0));
  source.setSamplingInterval(60_000);
  expect((await sample()).readings[0]?.smPercent).toBeUndefined();
  expect((await active())[0]).toMatchObject(ACTIVITY);
});

it('is part of the first sample on demand, and of every one that follows at once', async () => {
  await start(fullFakeGpu(0), fakeGpu(1));
  for (let i = 0; i < 3; i++) {
    const { readings, faults } = await sample();
    expect(faults).toEqual([]);
    expect(readings[0]).toMatchObject(ACTIVITY);
    expect(readings[1]?.smPercent).toBeUndefined();
  }
});

it('does not wait for activity that the driver fails to report', async () => {
  await start(fullFakeGpu(0, { returns: { nvmlGpmMetricsGet: 999 } }));
  await sample();
  const compared = nvml.calls('nvmlGpmMetricsGet');
  const begin = performance.now();
  for (let i = 0; i < 5; i++) await sample();
  const periods = Math.ceil((performance.now() - begin) / 100);
  expect(nvml.calls('nvmlGpmMetricsGet') - compared).toBeLessThanOrEqual(periods);
});

it('keeps the readings of a GPU that is lost while its activity is read', async () => {
  const GPU_IS_LOST = 15;
  await start(fullFakeGpu(0), fullFakeGpu(1, { returns: { nvmlGpmSampleGet: GPU_IS_LOST } }));
  const { readings } = await sample();
  expect(readings.map(({ device, celsius }) => [device, celsius])).toEqual([
    ['cuda:0', 60],
    ['cuda:1', 61],
  ]);
});

it('compares samples that are at least 100 ms apart, however often it is asked', async () => {
  await start(fullFakeGpu(0));
  await active();
  const compared = nvml.calls('nvmlGpmMetricsGet');
  const begin = performance.now();
  for (let i = 0; i < 20; i++) expect((await sample()).faults).toEqual([]);
  const periods = Math.ceil((performance.now() - begin) / 100);
  expect(nvml.calls('nvmlGpmMetricsGet') - compared).toBeLessThanOrEqual(periods);
});

it('measures PCIe throughput with it, without the call that takes 20 ms', async () => {
  await start(fullFakeGpu(0));
  await active();
  const calls = nvml.calls('nvmlDeviceGetPcieThroughput');
  await sample();
  expect(nvml.calls('nvmlDeviceGetPcieThroughput')).toBe(calls);
});

it('reads PCIe throughput otherwise if the driver has no such metric', async () => {
  await start(fullFakeGpu(0, { gpm: { 2: 50 } }));
  expect((await active())[0]).toMatchObject({ smPercent: 50, pcieTransmitBytesPerSecond: 1_500_000 });
});

it('leaves out the metrics that the driver does not have', async () => {
  await start(fullFakeGpu(0, { gpm: { ...FAKE_GPM, 5: { code: 3 }, 11: { code: 21 }, 12: Number.NaN } }));
  const [reading] = await active();
  expect(reading).toMatchObject({ smPercent: 72, dramPercent: 45 });
  for (const key of ['tensorPercent', 'fp64Percent', 'fp32Percent'] as const)
    expect(reading?.[key]).toBeUndefined();
});

it('takes a percentage that rounding put above 100 as 100', async () => {
  await start(fullFakeGpu(0, { gpm: { 2: 100.0001 } }));
  expect((await active())[0]?.smPercent).toBe(100);
});

describe('a device without it', () => {
  const attempts = () => [nvml.calls('nvmlGpmQueryDeviceSupport'), nvml.calls('nvmlGpmSampleGet')];

  it.each([
    ['whose driver has no answer', { gpm: undefined }, [1, 0]],
    ['that is not supported', { returns: { nvmlGpmQueryDeviceSupport: 3 } }, [1, 0]],
    ['whose driver has another version', { returns: { nvmlGpmQueryDeviceSupport: 25 } }, [1, 0]],
    ['whose samples are not supported', { returns: { nvmlGpmSampleGet: 3 } }, [1, 1]],
    ['without permission', { returns: { nvmlGpmSampleGet: 4 } }, [1, 1]],
  ])('%s is asked once', async (_what, rest, expected) => {
    await start(fullFakeGpu(0, rest as FakeGpu));
    for (let i = 0; i < 3; i++) {
      const [reading] = (await sample()).readings;
      expect(reading?.celsius).toBe(60);
      expect(reading?.smPercent).toBeUndefined();
    }
    expect(attempts()).toEqual(expected);
  });
});

it('reports a failure and goes on after it', async () => {
  await start(fullFakeGpu(0, { returns: { nvmlGpmSampleGet: 999 } }));
  expect((await sample()).faults).toMatchObject([
    { device: 'cuda:0', detail: expect.stringContaining('nvmlGpmSampleGet') },
  ]);
  await nvml.script({ gpus: [fullFakeGpu(0)] });
  await until(async () => (await sample()).readings[0]?.smPercent === 72);
});

describe('MIG devices', () => {
  const slice = (index: number, sm: number): FakeGpu => ({ uuid: `MIG-${index}`, gpm: { 2: sm, 5: sm + 1 } });

  it('have the activity of their GPU instance', async () => {
    await start(fullFakeGpu(0, { migDevices: [slice(0, 10), undefined, slice(2, 30)] }), fullFakeGpu(1));
    const readings = await active(
      (all) => all.length === 4 && all.every((each) => each.smPercent !== undefined),
    );
    expect(
      readings.map(({ device, smPercent, tensorPercent }) => [device, smPercent, tensorPercent]),
    ).toEqual([
      ['cuda:0', 72, 54],
      ['cuda:0:0', 10, 11],
      ['cuda:0:2', 30, 31],
      ['cuda:1', 72, 54],
    ]);
  });

  it('free their samples when they are removed', async () => {
    await start(fullFakeGpu(0, { migDevices: [slice(0, 10), slice(1, 20)] }));
    await active();
    expect(nvml.gpmSamples()).toBe(6);
    await nvml.script({ gpus: [fullFakeGpu(0, { migDevices: [slice(0, 10)] })] });
    await until(async () => {
      await sample();
      return nvml.gpmSamples() === 4;
    });
  });
});

it('frees its samples on close and after the driver was reloaded', async () => {
  await start(fullFakeGpu(0), fullFakeGpu(1));
  await active();
  expect(nvml.gpmSamples()).toBe(4);
  await nvml.script({ gpus: [fullFakeGpu(0)], epoch: 1 });
  await expect(sample()).rejects.toThrow('not initialized');
  expect(nvml.gpmSamples()).toBe(0);
  await active();
  await source.close();
  expect(nvml.gpmSamples()).toBe(0);
});

it('is read between samples with a sampling interval', async () => {
  await start(fullFakeGpu(0), fullFakeGpu(1));
  source.setSamplingInterval(60_000);
  expect(nvml.calls('nvmlGpmSampleGet')).toBe(0);
  await sample();
  await expect.poll(() => nvml.calls('nvmlGpmSampleGet')).toBe(2);
  await until(async () => (await sample()).readings.every(({ smPercent }) => smPercent === 72));
});
