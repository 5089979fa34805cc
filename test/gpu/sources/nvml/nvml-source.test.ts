import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { TurnBudget } from '../../../../src/common/turn-budget.js';
import type { GpuReading } from '../../../../src/gpu/readings.js';
import type { GpuSample } from '../../../../src/gpu/source.js';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import {
  type FakeNvml,
  type FakeNvmlScript,
  fakeGpu,
  fakeNvml,
  GIB,
  noCompiler,
} from '../../../fakes/nvml.js';
import { until } from '../../../helpers/fixtures.js';

let nvml: FakeNvml;
let source: NvmlSource;

async function start(script: FakeNvmlScript, without?: readonly string[]): Promise<void> {
  nvml = await fakeNvml(script, without);
  source = new NvmlSource(nvml.library);
}
const sample = () => source.sample(new AbortController().signal);
const sampleFast = () => source.sampleFast(new AbortController().signal);
const readings = async () => (await sample()).readings;
async function first(): Promise<GpuReading> {
  const [reading] = await readings();
  if (reading === undefined) throw new Error('no reading');
  return reading;
}
/** Keys of the values in a reading. */
const keysOf = (reading: GpuReading | undefined) =>
  Object.entries(reading ?? {})
    .filter(([key, value]) => value !== undefined && !['device', 'index', 'vendor'].includes(key))
    .map(([key]) => key);

beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await source?.close();
  await nvml?.remove();
});

describe('readings', () => {
  it('have the values of the library in the units of GpuReading', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    const { readings, faults } = await sample();
    expect(faults).toEqual([]);
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:1']);
    expect(readings[1]).toEqual({
      device: 'cuda:1',
      index: 1,
      vendor: 'nvidia',
      uuid: 'GPU-00000001-1111-2222-3333-444444444444',
      name: 'Fake GPU 80GB',
      pciAddress: '0000:1c:00.0',
      driverVersion: '550.54.15',
      cudaVersion: '12.4',
      computeCapability: '9.0',
      memoryTotalMib: 81_920,
      memoryReservedMib: 1024,
      memoryFreeMib: 61_440,
      memoryUsedMib: 19_456,
      gpuPercent: 81,
      memoryControllerPercent: 40,
      encoderPercent: 5,
      decoderPercent: 6,
      celsius: 61,
      watts: 300.5,
      limitWatts: 700,
      energyJoules: 1234.567,
      graphicsClockMhz: 1980,
      smClockMhz: 1981,
      memoryClockMhz: 2619,
      videoClockMhz: 1545,
      fanPercent: 45,
      pcieTransmitBytesPerSecond: 1_500_000,
      pcieReceiveBytesPerSecond: 2_500_000,
      eccCorrectedErrors: 3,
      eccUncorrectedErrors: 1,
      throttleReasons: [],
      processes: [],
    });
  });

  it('omit unsupported values and keep a real 0', async () => {
    await start({ gpus: [{ uuid: 'GPU-bare' }, { utilization: [0, 0], celsius: 0 }] });
    const [bare, idle] = await readings();
    expect(keysOf(bare)).toEqual(['uuid', 'driverVersion', 'cudaVersion', 'computeCapability', 'processes']);
    expect(idle).toMatchObject({ gpuPercent: 0, memoryControllerPercent: 0, celsius: 0 });
    expect(idle?.uuid).toBeUndefined();
  });

  it('do not repeat an unsupported query', async () => {
    await start({ gpus: [{ uuid: 'GPU-bare' }] });
    for (let i = 0; i < 3; i++) await sample();
    expect(nvml.calls('nvmlDeviceGetTemperature')).toBe(1);
    expect(nvml.calls('nvmlDeviceGetComputeRunningProcesses_v2')).toBe(3);
  });

  it('list the throttle reasons, without the one of an idle GPU', async () => {
    await start({
      gpus: [fakeGpu(0, { reasons: 0x1 }), fakeGpu(1, { reasons: 0x1ff }), fakeGpu(2)],
    });
    const reasons = (await readings()).map(({ throttleReasons }) => throttleReasons);
    expect(reasons[0]).toEqual([]);
    expect(reasons[1]).toEqual([
      'applications_clocks_setting',
      'sw_power_cap',
      'hw_slowdown',
      'sync_boost',
      'sw_thermal_slowdown',
      'hw_thermal_slowdown',
      'hw_power_brake_slowdown',
      'display_clock_setting',
    ]);
  });

  it('fall back to older functions if the library lacks the newer ones', async () => {
    await start({ gpus: [fakeGpu(0, { reasons: 4, compute: [[1, GIB]] })] }, [
      'nvmlDeviceGetMemoryInfo_v2',
      'nvmlDeviceGetCurrentClocksEventReasons',
      'nvmlDeviceGetFanSpeed_v2',
      'nvmlDeviceGetComputeRunningProcesses_v3',
    ]);
    const reading = await first();
    // The older function includes reserved memory in used memory.
    expect(reading).toMatchObject({ memoryUsedMib: 20_480, memoryFreeMib: 61_440, memoryTotalMib: 81_920 });
    expect(reading.memoryReservedMib).toBeUndefined();
    expect(reading).toMatchObject({ throttleReasons: ['sw_power_cap'], fanPercent: 30 });
    expect(reading.processes).toHaveLength(1);
  });

  it('omit values if the library lacks their function', async () => {
    await start({ gpus: [fakeGpu(0)] }, [
      'nvmlDeviceGetMemoryInfo_v2',
      'nvmlDeviceGetMemoryInfo',
      'nvmlEventSetCreate',
      'nvmlDeviceGetMigMode',
    ]);
    const { readings, faults } = await sample();
    expect(keysOf(readings[0])).not.toContain('memoryTotalMib');
    expect(readings[0]?.celsius).toBe(60);
    expect(faults).toEqual([]);
  });
});

describe('a fast sample', () => {
  it('reads memory, utilization, power and energy', async () => {
    await start({ gpus: [fakeGpu(0)] });
    const identity = ['uuid', 'name', 'pciAddress', 'driverVersion', 'cudaVersion', 'computeCapability'];
    const memory = ['memoryUsedMib', 'memoryTotalMib', 'memoryFreeMib', 'memoryReservedMib'];
    const [reading] = (await sampleFast()).readings;
    expect(keysOf(reading)).toEqual([
      ...identity,
      ...memory,
      'gpuPercent',
      'memoryControllerPercent',
      'watts',
      'energyJoules',
    ]);
    await sample();
    expect(keysOf((await sampleFast()).readings[0])).toEqual(keysOf(reading));
  });

  it('leaves Xid errors for the next sample', async () => {
    await start({ gpus: [fakeGpu(0)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { xids: [31] })] });
    expect((await sampleFast()).readings[0]?.xids).toBeUndefined();
    expect((await first()).xids).toEqual([31]);
  });

  it('follows energy and memory of a load', async () => {
    const load = { from: 0, to: 3600, milliwatts: 100_000, bytes: GIB, percent: 10 };
    await start({ gpus: [fakeGpu(0, { loads: [load] })] });
    const before = await sampleFast();
    const joulesOf = ({ readings }: GpuSample) => readings[0]?.energyJoules ?? 0;
    // Real time, since the fake integrates power over it. In 200 ms, the time of a reading itself hardly matters.
    const after = await until(async () => {
      const next = await sampleFast();
      return joulesOf(next) - joulesOf(before) > 80 ? next : undefined;
    });
    const seconds = ((after.at ?? 0) - (before.at ?? 0)) / 1000;
    expect((joulesOf(after) - joulesOf(before)) / seconds).toBeCloseTo(400.5, -1);
    expect(before.readings[0]).toMatchObject({ watts: 400.5, memoryUsedMib: 20_480, gpuPercent: 90 });
  });
});

describe('processes', () => {
  it('are merged and sorted, the largest first and unknown sizes last', async () => {
    const compute = [
      [101, GIB],
      [102, -1],
      [103, 3 * GIB],
    ] as const;
    const graphics = [
      [101, 2 * GIB],
      [104, 0],
    ] as const;
    await start({ gpus: [fakeGpu(0, { compute, graphics })] });
    const list = (await first()).processes?.map(({ pid, usedMib }) => [pid, usedMib]);
    expect(list).toEqual([
      [103, 3072],
      [101, 2048],
      [102, undefined],
      [104, undefined],
    ]);
  });

  it('are limited to the 32 largest', async () => {
    const compute = Array.from({ length: 200 }, (_, i) => [1000 + i, i * GIB] as const);
    await start({ gpus: [fakeGpu(0, { compute })] });
    const list = (await first()).processes ?? [];
    expect(list).toHaveLength(32);
    expect(list[0]).toMatchObject({ pid: 1199, usedMib: 199 * 1024 });
  });
});

describe('Xid errors', () => {
  it('belong to their device and are reported once', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0), fakeGpu(1, { xids: [31, 43, 31] })] });
    expect((await readings()).map(({ xids }) => xids)).toEqual([undefined, [31, 43, 31]]);
    expect((await readings()).map(({ xids }) => xids)).toEqual([undefined, undefined]);
  });

  it('are kept for the next sample if a sample is aborted', async () => {
    await start({ gpus: [fakeGpu(0)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { xids: [48] })] });
    const controller = new AbortController();
    const aborted = source.sample(controller.signal);
    controller.abort(new Error('too late'));
    await expect(aborted).rejects.toThrow('too late');
    expect((await first()).xids).toEqual([48]);
  });

  it('are kept for the next sample if a sample is aborted while its devices are converted, turn by turn', async () => {
    await start({ gpus: [fakeGpu(0, { xids: [48] }), fakeGpu(1), fakeGpu(2)] });
    const controller = new AbortController();
    const isSpent = vi.spyOn(TurnBudget.prototype, 'isSpent', 'get').mockReturnValue(true);
    const next = vi.spyOn(TurnBudget.prototype, 'next');
    onTestFinished(() => {
      isSpent.mockRestore();
      next.mockRestore();
    });
    next.mockImplementation(async () => {
      if (next.mock.calls.length === 3) controller.abort(new Error('too late'));
    });
    await expect(source.sample(controller.signal)).rejects.toThrow('too late');
    expect(next).toHaveBeenCalledTimes(3);
    expect((await first()).xids).toEqual([48]);
    expect((await first()).xids).toBeUndefined();
  });

  it('stay with the driver if a sample is full', async () => {
    await start({ gpus: [fakeGpu(0)] });
    await sample();
    const xids = Array.from({ length: 100 }, (_, i) => i + 1);
    await nvml.script({ gpus: [fakeGpu(0, { xids })] });
    expect((await first()).xids).toEqual(xids.slice(0, 64));
    expect((await first()).xids).toEqual(xids.slice(64));
  });

  it('are reported for a lost GPU too', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    await sample();
    await nvml.script({
      gpus: [fakeGpu(0), fakeGpu(1, { xids: [79], returns: { nvmlDeviceGetTemperature: 15 } })],
    });
    const { readings, faults, lostDeviceXids } = await sample();
    expect(readings).toHaveLength(1);
    expect(faults).toMatchObject([{ device: 'cuda:1' }]);
    expect(lostDeviceXids).toEqual([{ device: expect.objectContaining({ device: 'cuda:1' }), xids: [79] }]);
  });
});

describe('Xid errors of other GPUs', () => {
  const waitFails = (code: number) => ({ returns: { nvmlEventSetWait_v2: code } });

  it('are reported while one GPU is lost, and those of the lost one when it is back', async () => {
    const GPU_IS_LOST = 15;
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, waitFails(GPU_IS_LOST)), fakeGpu(1, { xids: [31] })] });
    expect((await readings()).map(({ xids }) => xids)).toEqual([undefined, [31]]);
    await nvml.script({ gpus: [fakeGpu(0), fakeGpu(1)] });
    const { faults } = await sample();
    expect(faults).toEqual([]);
    await nvml.script({ gpus: [fakeGpu(0, { xids: [48] }), fakeGpu(1)] });
    expect((await readings()).map(({ xids }) => xids)).toEqual([[48], undefined]);
  });

  it('are reported while one GPU cannot be watched, which is logged once', async () => {
    const UNKNOWN = 999;
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, waitFails(UNKNOWN)), fakeGpu(1, { xids: [31] })] });
    const { readings: both, faults } = await sample();
    expect(both.map(({ xids }) => xids)).toEqual([undefined, [31]]);
    expect(faults).toMatchObject([
      { device: 'cuda:0', detail: expect.stringContaining('nvmlEventSetWait_v2') },
    ]);
    expect((await sample()).faults).toEqual([]);
  });
});

describe('MIG', () => {
  const migDevice = (index: number) => ({
    uuid: `MIG-${index}`,
    name: 'Fake GPU 80GB MIG 3g.40gb',
    memory: [40 * GIB, 0, 39 * GIB, GIB] as const,
    compute: [[200 + index, GIB]] as const,
    celsius: 99,
  });
  const parent = fakeGpu(0, { utilization: undefined, migDevices: [migDevice(0), undefined, migDevice(2)] });

  it('returns a reading for each MIG device, with the values that it supports', async () => {
    await start({ gpus: [parent, fakeGpu(1)] });
    const { readings, faults } = await sample();
    expect(faults).toEqual([]);
    expect(readings.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:0:0', 'cuda:0:2', 'cuda:1']);
    expect(readings[0]?.gpuPercent).toBeUndefined();
    expect(readings[2]).toEqual({
      device: 'cuda:0:2',
      index: 0,
      vendor: 'nvidia',
      uuid: 'MIG-2',
      gpuInstanceId: 9,
      parentUuid: 'GPU-00000000-1111-2222-3333-444444444444',
      name: 'Fake GPU 80GB MIG 3g.40gb',
      pciAddress: '0000:1b:00.0',
      driverVersion: '550.54.15',
      cudaVersion: '12.4',
      computeCapability: '9.0',
      memoryTotalMib: 40_960,
      memoryReservedMib: 0,
      memoryFreeMib: 39_936,
      memoryUsedMib: 1024,
      processes: [{ pid: 202, usedMib: 1024 }],
    });
  });

  it('follows changes of MIG devices, and then repeats unsupported queries on the GPU', async () => {
    await start({ gpus: [parent] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { migDevices: [undefined, migDevice(5)] })] });
    expect((await readings()).map(({ uuid }) => uuid?.slice(0, 5))).toEqual(['GPU-0', 'MIG-5']);
    await nvml.script({ gpus: [fakeGpu(0)] });
    expect(await readings()).toMatchObject([{ device: 'cuda:0', gpuPercent: 80 }]);
  });

  it('omits GPU values without permission, without a fault', async () => {
    const NO_PERMISSION = 4;
    const returns = {
      nvmlDeviceGetMemoryInfo_v2: NO_PERMISSION,
      nvmlDeviceGetMemoryInfo: NO_PERMISSION,
      nvmlDeviceGetComputeRunningProcesses_v2: NO_PERMISSION,
    };
    await start({ gpus: [fakeGpu(0, { migDevices: [migDevice(0)], returns })] });
    const { readings, faults } = await sample();
    expect(readings.map(({ memoryUsedMib }) => memoryUsedMib)).toEqual([undefined, 1024]);
    expect(faults).toEqual([]);
  });

  it('detects within about a second of fast samples that a MIG device was replaced', async () => {
    await start({ gpus: [parent] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { migDevices: [{ ...migDevice(0), uuid: 'MIG-new' }] })] });
    await expect
      .poll(async () => (await sampleFast()).readings.map(({ uuid }) => uuid), { timeout: 5000 })
      .toContain('MIG-new');
  });

  it('drops a MIG device that was removed since the last sample from a fast sample', async () => {
    await start({ gpus: [parent] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { migDevices: [migDevice(0)] })] });
    const devices = (await sampleFast()).readings;
    expect(devices.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:0:0']);
    expect(devices[0]?.memoryTotalMib).toBe(81_920);
  });
});

describe('PCIe throughput', () => {
  it('is read between samples with a sampling interval', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    source.setSamplingInterval(60_000);
    expect((await first()).pcieTransmitBytesPerSecond).toBeUndefined();
    await expect.poll(() => nvml.calls('nvmlDeviceGetPcieThroughput')).toBe(4);
    expect((await readings()).map((reading) => reading.pcieReceiveBytesPerSecond)).toEqual([
      2_500_000, 2_500_000,
    ]);
  });

  it('delays a sample by one query at most', async () => {
    const slow = { delays: { nvmlDeviceGetPcieThroughput: 20 } };
    await start({ gpus: Array.from({ length: 8 }, (_, i) => fakeGpu(i, slow)) });
    source.setSamplingInterval(100);
    await sample();
    await expect.poll(() => nvml.calls('nvmlDeviceGetPcieThroughput')).toBeGreaterThan(0);
    const before = nvml.calls('nvmlDeviceGetPcieThroughput');
    await sample();
    expect(nvml.calls('nvmlDeviceGetPcieThroughput') - before).toBeLessThanOrEqual(1);
  });
});

it.skipIf(noCompiler)('reads the fans that can be read', async () => {
  const nvml = await fakeNvml({ gpus: [fakeGpu(0, { fans: [30, 45] })] }, []);
  onTestFinished(() => nvml.remove());
  const source = new NvmlSource(nvml.library);
  onTestFinished(() => source.close());
  const read = async () => (await source.sample(new AbortController().signal)).readings[0]?.fanPercent;
  expect(await read()).toBe(45);
  await nvml.script({ gpus: [fakeGpu(0, { fans: [30, 45], failingFan: 1 })] });
  await until(async () => (await read()) === 30);
});
