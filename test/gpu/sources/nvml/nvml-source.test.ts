import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../../src/gpu/readings.js';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import {
  type FakeNvml,
  type FakeNvmlScript,
  fakeGpu,
  fakeNvml,
  GIB,
  noCompiler,
} from '../../../fakes/nvml.js';

let nvml: FakeNvml;
let source: NvmlSource;

async function start(script: FakeNvmlScript, without?: readonly string[]): Promise<void> {
  nvml = await fakeNvml(script, without);
  source = new NvmlSource(nvml.library);
}
const sample = () => source.sample(new AbortController().signal);
const glance = () => source.sampleFast(new AbortController().signal);
const readings = async () => (await sample()).readings;
async function first(): Promise<GpuReading> {
  const [reading] = await readings();
  if (reading === undefined) throw new Error('no reading');
  return reading;
}
/** The keys of what a reading tells, without who it is. */
const told = (reading: GpuReading | undefined) =>
  Object.entries(reading ?? {})
    .filter(([key, value]) => value !== undefined && !['device', 'index', 'vendor'].includes(key))
    .map(([key]) => key);

beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await source?.close();
  await nvml?.remove();
});

describe('readings', () => {
  it('are what the library says, in units of ours', async () => {
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

  it('that a device does not support are absent, and a real 0 is not', async () => {
    await start({ gpus: [{ uuid: 'GPU-bare' }, { utilization: [0, 0], celsius: 0 }] });
    const [bare, idle] = await readings();
    expect(told(bare)).toEqual(['uuid', 'driverVersion', 'cudaVersion', 'processes']);
    expect(idle).toMatchObject({ gpuPercent: 0, memoryControllerPercent: 0, celsius: 0 });
    expect(idle?.uuid).toBeUndefined();
  });

  it('are not asked for again where they are not supported', async () => {
    await start({ gpus: [{ uuid: 'GPU-bare' }] });
    for (let i = 0; i < 3; i++) await sample();
    expect(nvml.calls('nvmlDeviceGetTemperature')).toBe(1);
    expect(nvml.calls('nvmlDeviceGetComputeRunningProcesses_v2')).toBe(3);
  });

  it('tell why clocks are low, and nothing of idling', async () => {
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

  it('come from older functions of a library that lacks the newer', async () => {
    await start({ gpus: [fakeGpu(0, { reasons: 4, compute: [[1, GIB]] })] }, [
      'nvmlDeviceGetMemoryInfo_v2',
      'nvmlDeviceGetCurrentClocksEventReasons',
      'nvmlDeviceGetFanSpeed_v2',
      'nvmlDeviceGetComputeRunningProcesses_v3',
    ]);
    const reading = await first();
    // The older one counts what is reserved as used.
    expect(reading).toMatchObject({ memoryUsedMib: 20_480, memoryFreeMib: 61_440, memoryTotalMib: 81_920 });
    expect(reading.memoryReservedMib).toBeUndefined();
    expect(reading).toMatchObject({ throttleReasons: ['sw_power_cap'], fanPercent: 30 });
    expect(reading.processes).toHaveLength(1);
  });

  it('are absent where the library lacks their function altogether', async () => {
    await start({ gpus: [fakeGpu(0)] }, [
      'nvmlDeviceGetMemoryInfo_v2',
      'nvmlDeviceGetMemoryInfo',
      'nvmlEventSetCreate',
      'nvmlDeviceGetMigMode',
    ]);
    const { readings, faults } = await sample();
    expect(told(readings[0])).not.toContain('memoryTotalMib');
    expect(readings[0]?.celsius).toBe(60);
    expect(faults).toEqual([]);
  });
});

describe('a glance', () => {
  it('reads memory, utilization, power and energy', async () => {
    await start({ gpus: [fakeGpu(0)] });
    const identity = ['uuid', 'name', 'pciAddress', 'driverVersion', 'cudaVersion'];
    const memory = ['memoryUsedMib', 'memoryTotalMib', 'memoryFreeMib', 'memoryReservedMib'];
    const [reading] = (await glance()).readings;
    expect(told(reading)).toEqual([
      ...identity,
      ...memory,
      'gpuPercent',
      'memoryControllerPercent',
      'watts',
      'energyJoules',
    ]);
    await sample();
    expect(told((await glance()).readings[0])).toEqual(told(reading));
  });

  it('leaves Xid errors for the next sample', async () => {
    await start({ gpus: [fakeGpu(0)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { xids: [31] })] });
    expect((await glance()).readings[0]?.xids).toBeUndefined();
    expect((await first()).xids).toEqual([31]);
  });

  it('follows energy and memory of a load', async () => {
    const load = { from: 0, to: 3600, milliwatts: 100_000, bytes: GIB, percent: 10 };
    await start({ gpus: [fakeGpu(0, { loads: [load] })] });
    const before = await glance();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const after = await glance();
    const [one, other] = [before.readings[0], after.readings[0]];
    const seconds = ((after.at ?? 0) - (before.at ?? 0)) / 1000;
    const joules = (other?.energyJoules ?? 0) - (one?.energyJoules ?? 0);
    expect(joules / seconds).toBeCloseTo(400.5, -1);
    expect(one).toMatchObject({ watts: 400.5, memoryUsedMib: 20_480, gpuPercent: 90 });
  });
});

describe('processes', () => {
  it('are merged, the largest first, unknown sizes last', async () => {
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

  it('are at most 32, of however many', async () => {
    const compute = Array.from({ length: 200 }, (_, i) => [1000 + i, i * GIB] as const);
    await start({ gpus: [fakeGpu(0, { compute })] });
    const list = (await first()).processes ?? [];
    expect(list).toHaveLength(32);
    expect(list[0]).toMatchObject({ pid: 1199, usedMib: 199 * 1024 });
  });
});

describe('Xid errors', () => {
  it('belong to their device and are told once', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0), fakeGpu(1, { xids: [31, 43, 31] })] });
    expect((await readings()).map(({ xids }) => xids)).toEqual([undefined, [31, 43, 31]]);
    expect((await readings()).map(({ xids }) => xids)).toEqual([undefined, undefined]);
  });

  it('of a sample that was given up are in the next', async () => {
    await start({ gpus: [fakeGpu(0)] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { xids: [48] })] });
    const givenUp = new AbortController();
    const given = source.sample(givenUp.signal);
    givenUp.abort(new Error('too late'));
    await expect(given).rejects.toThrow('too late');
    expect((await first()).xids).toEqual([48]);
  });

  it('more than fit in a sample wait for the next', async () => {
    await start({ gpus: [fakeGpu(0)] });
    await sample();
    const xids = Array.from({ length: 100 }, (_, i) => i + 1);
    await nvml.script({ gpus: [fakeGpu(0, { xids })] });
    expect((await first()).xids).toEqual(xids.slice(0, 64));
    expect((await first()).xids).toEqual(xids.slice(64));
  });

  it('of a GPU that is lost with them are told all the same', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    await sample();
    await nvml.script({
      gpus: [fakeGpu(0), fakeGpu(1, { xids: [79], returns: { nvmlDeviceGetTemperature: 15 } })],
    });
    const { readings, faults, lostDeviceXids: lastXids } = await sample();
    expect(readings).toHaveLength(1);
    expect(faults).toMatchObject([{ device: 'cuda:1' }]);
    expect(lastXids).toEqual([{ device: expect.objectContaining({ device: 'cuda:1' }), xids: [79] }]);
  });
});

describe('Xid errors of others', () => {
  const waitFails = (code: number) => ({ returns: { nvmlEventSetWait_v2: code } });

  it('are told while one GPU is lost, and of that one when it is back', async () => {
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

  it('are told while one GPU cannot be watched, which is a fault once', async () => {
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
  const slice = (place: number) => ({
    uuid: `MIG-${place}`,
    name: 'Fake GPU 80GB MIG 3g.40gb',
    memory: [40 * GIB, 0, 39 * GIB, GIB] as const,
    compute: [[200 + place, GIB]] as const,
    celsius: 99,
  });
  const parent = fakeGpu(0, { utilization: undefined, migDevices: [slice(0), undefined, slice(2)] });

  it('slices are readings of their own, with what a slice supports', async () => {
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
      parentUuid: 'GPU-00000000-1111-2222-3333-444444444444',
      name: 'Fake GPU 80GB MIG 3g.40gb',
      pciAddress: '0000:1b:00.0',
      driverVersion: '550.54.15',
      cudaVersion: '12.4',
      memoryTotalMib: 40_960,
      memoryReservedMib: 0,
      memoryFreeMib: 39_936,
      memoryUsedMib: 1024,
      processes: [{ pid: 202, usedMib: 1024 }],
    });
  });

  it('slices come and go, and the whole GPU is asked again for what it supports', async () => {
    await start({ gpus: [parent] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { migDevices: [undefined, { ...slice(5) }] })] });
    expect((await readings()).map(({ uuid }) => uuid?.slice(0, 5))).toEqual(['GPU-0', 'MIG-5']);
    await nvml.script({ gpus: [fakeGpu(0)] });
    expect(await readings()).toMatchObject([{ device: 'cuda:0', gpuPercent: 80 }]);
  });

  it('what only the owner of the whole GPU may read is absent, and nothing to tell', async () => {
    const NO_PERMISSION = 4;
    const returns = {
      nvmlDeviceGetMemoryInfo_v2: NO_PERMISSION,
      nvmlDeviceGetMemoryInfo: NO_PERMISSION,
      nvmlDeviceGetComputeRunningProcesses_v2: NO_PERMISSION,
    };
    await start({ gpus: [fakeGpu(0, { migDevices: [slice(0)], returns })] });
    const { readings, faults } = await sample();
    expect(readings.map(({ memoryUsedMib }) => memoryUsedMib)).toEqual([undefined, 1024]);
    expect(faults).toEqual([]);
  });

  it('a glance finds within a second or so that a slice stands for another', async () => {
    await start({ gpus: [parent] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { migDevices: [{ ...slice(0), uuid: 'MIG-new' }] })] });
    await expect
      .poll(async () => (await glance()).readings.map(({ uuid }) => uuid), { timeout: 5000 })
      .toContain('MIG-new');
  });

  it('a slice that goes between a sample and a glance is not in the glance', async () => {
    await start({ gpus: [parent] });
    await sample();
    await nvml.script({ gpus: [fakeGpu(0, { migDevices: [slice(0)] })] });
    const devices = (await glance()).readings;
    expect(devices.map(({ device }) => device)).toEqual(['cuda:0', 'cuda:0:0']);
    expect(devices[0]?.memoryTotalMib).toBe(81_920);
  });
});

describe('PCIe throughput', () => {
  it('is read between samples where they come in an interval', async () => {
    await start({ gpus: [fakeGpu(0), fakeGpu(1)] });
    source.setSamplingInterval(60_000);
    expect((await first()).pcieTransmitBytesPerSecond).toBeUndefined();
    await expect.poll(() => nvml.calls('nvmlDeviceGetPcieThroughput')).toBe(4);
    expect((await readings()).map((reading) => reading.pcieReceiveBytesPerSecond)).toEqual([
      2_500_000, 2_500_000,
    ]);
  });

  it('delays a sample by one reading at most', async () => {
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
