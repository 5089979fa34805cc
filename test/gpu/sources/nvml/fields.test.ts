// Readings of nvmlDeviceGetFieldValues and of single calls about links, serial number and firmware.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GpuReading } from '../../../../src/gpu/readings.js';
import { NvmlSource } from '../../../../src/gpu/sources/nvml/nvml-source.js';
import {
  FAKE_FIELDS,
  type FakeField,
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

async function start(gpu: FakeGpu, without?: readonly string[]): Promise<void> {
  nvml = await fakeNvml({ gpus: [gpu] }, without);
  source = new NvmlSource(nvml.library);
}
const sample = () => source.sample(new AbortController().signal);
const first = async (): Promise<GpuReading> => {
  const { readings, faults } = await sample();
  expect(faults).toEqual([]);
  return readings[0] as GpuReading;
};
/** Returns the reading once fields have been read again, a second later, as `holds` requires. */
const later = (holds: (reading: GpuReading) => boolean) =>
  until(async () => {
    const [reading] = (await sample()).readings;
    return reading !== undefined && holds(reading) ? reading : undefined;
  });
const withFields = (...fields: FakeField[]) =>
  fullFakeGpu(0, {
    fields: [...FAKE_FIELDS.filter(({ id }) => !fields.some((field) => field.id === id)), ...fields],
  });

beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await source?.close();
  await nvml?.remove();
});

it('reads what the driver reports in fields, in the units of GpuReading', async () => {
  await start(fullFakeGpu(0));
  expect(await first()).toMatchObject({
    firmwareVersion: '96.00.74.00.01',
    serialNumber: '1650923012345',
    memoryCelsius: 71,
    eccCorrectedErrors: 3,
    eccUncorrectedErrors: 1,
    eccCorrectedLifetimeErrors: 30,
    eccUncorrectedLifetimeErrors: 10,
    pcieTransmitBytes: 5e12,
    pcieReceiveBytes: 6e12,
    pcieLinkGeneration: 1,
    pcieMaxLinkGeneration: 5,
    pcieLinkWidth: 8,
    pcieMaxLinkWidth: 16,
    pcieReplays: 7,
    pcieCorrectableErrors: 1,
    pcieNonFatalErrors: 2,
    pcieFatalErrors: 3,
    nvlinkLinks: 18,
    nvlinkTransmitBytes: 1000 * 1024,
    nvlinkReceiveBytes: 2000 * 1024,
    nvlinkCrcFlitErrors: 4,
    nvlinkCrcDataErrors: 5,
    nvlinkReplayErrors: 6,
    nvlinkRecoveryErrors: 7,
    nvlinkEccErrors: 8,
    powerThrottledSeconds: 1,
    thermalThrottledSeconds: 2,
    syncBoostThrottledSeconds: 3,
    boardLimitThrottledSeconds: 4,
    lowUtilizationThrottledSeconds: 5,
    reliabilityThrottledSeconds: 6,
    swThermalThrottledSeconds: 7,
    hwThermalThrottledSeconds: 8,
    powerBrakeThrottledSeconds: 9,
    retiredSingleBitPages: 11,
    retiredDoubleBitPages: 12,
    remappedCorrectedRows: 13,
    remappedUncorrectedRows: 14,
    retiredPagesPending: 0,
    remappedRowsPending: 0,
    remappedRowsFailed: 0,
    recoveryAction: 0,
    status: 'ok',
    mpsClients: 0,
  });
});

it.each([
  ['64-bit', 3, 10, 10],
  ['32-bit', 1, 10, 10],
  ['signed', 5, -3, -3],
  ['16-bit', 6, 0x1_0007, 7],
  ['floating-point', 0, new BigUint64Array(new Float64Array([61.5]).buffer)[0] as bigint, 61.5],
  ['unknown', 99, 10, undefined],
  ['unavailable', 3, -1n, undefined],
])('reads a %s value', async (_kind, type, value, expected) => {
  await start(withFields({ id: 82, type, value }));
  expect((await first()).memoryCelsius).toBe(expected);
});

it('requests only the fields that the device supports after the first sample', async () => {
  await start(fakeGpu(0, { fields: [{ id: 82, type: 1, value: 71 }] }));
  const reading = await first();
  expect(reading.memoryCelsius).toBe(71);
  for (const key of ['nvlinkTransmitBytes', 'remappedRowsFailed', 'recoveryAction', 'status'] as const)
    expect(reading[key]).toBeUndefined();
  nvml.requestedFields();
  const calls = nvml.calls('nvmlDeviceGetFieldValues');
  await until(async () => {
    await sample();
    return nvml.calls('nvmlDeviceGetFieldValues') > calls;
  });
  expect([nvml.calls('nvmlDeviceGetFieldValues') - calls, nvml.requestedFields()]).toEqual([1, 1]);
});

describe('costs nothing further', () => {
  it('if a device has no fields, links or serial number', async () => {
    await start({ uuid: 'GPU-bare' });
    await first();
    const functions = [
      'nvmlDeviceGetFieldValues',
      'nvmlDeviceGetPcieReplayCounter',
      'nvmlDeviceGetCurrPcieLinkGeneration',
      'nvmlDeviceGetMPSComputeRunningProcesses_v2',
      'nvmlDeviceGetProcessesUtilizationInfo',
      'nvmlGpmQueryDeviceSupport',
      'nvmlDeviceGetSerial',
    ];
    const before = functions.map((name) => nvml.calls(name));
    const utilizations = nvml.calls('nvmlDeviceGetUtilizationRates');
    const [fanless] = [nvml.calls('nvmlDeviceGetComputeRunningProcesses_v2')];
    for (let i = 0; i < 3; i++) await sample();
    expect(nvml.calls('nvmlDeviceGetComputeRunningProcesses_v2') - (fanless ?? 0)).toBe(3);
    expect(nvml.calls('nvmlDeviceGetUtilizationRates')).toBe(utilizations);
    expect(functions.map((name) => nvml.calls(name))).toEqual(before);
  });

  it('if the library has none of the functions', async () => {
    await start(fullFakeGpu(0), [
      'nvmlDeviceGetFieldValues',
      'nvmlDeviceGetPcieReplayCounter',
      'nvmlDeviceGetSerial',
      'nvmlDeviceGetVbiosVersion',
      'nvmlDeviceGetMPSComputeRunningProcesses_v2',
      'nvmlDeviceGetMPSComputeRunningProcesses',
      'nvmlGpmQueryDeviceSupport',
      'nvmlDeviceGetProcessesUtilizationInfo',
      'nvmlDeviceGetProcessUtilization',
    ]);
    const reading = await first();
    expect(reading).toMatchObject({ celsius: 60, pcieMaxLinkWidth: 16 });
    for (const key of ['memoryCelsius', 'pcieReplays', 'serialNumber', 'mpsClients', 'status'] as const)
      expect(reading[key]).toBeUndefined();
  });
});

it.each([
  [3, 'is not supported'],
  [2, 'is unknown to the driver'],
  [21, 'has no data'],
  [25, 'has another version'],
])('leaves out a field with code %i, which %s, without a fault', async (code) => {
  await start(withFields({ id: 82, code }));
  const reading = await first();
  expect(reading.memoryCelsius).toBeUndefined();
  expect(reading.nvlinkLinks).toBe(18);
});

it('reports a field without permission once, unless the GPU is in MIG mode', async () => {
  const NO_PERMISSION = 4;
  await start(withFields({ id: 82, code: NO_PERMISSION }));
  expect((await sample()).faults).toMatchObject([
    { device: 'cuda:0', detail: 'cuda:0: nvmlDeviceGetFieldValues: field 82: no permission' },
  ]);
  nvml.requestedFields();
  const calls = nvml.calls('nvmlDeviceGetFieldValues');
  await until(async () => {
    expect((await sample()).faults).toEqual([]);
    return nvml.calls('nvmlDeviceGetFieldValues') > calls;
  });
  const denied = {
    ...withFields({ id: 82, code: NO_PERMISSION }),
    uuid: 'GPU-other',
    migDevices: [{ uuid: 'MIG-0' }],
  };
  await nvml.script({ gpus: [denied] });
  await until(async () => {
    const { readings, faults } = await sample();
    expect(faults).toEqual([]);
    return readings.length === 2;
  });
});

it('reports a field that fails, and reads it again', async () => {
  await start(withFields({ id: 82, code: 999 }));
  const { readings, faults } = await sample();
  expect(readings[0]?.memoryCelsius).toBeUndefined();
  expect(faults).toMatchObject([
    {
      device: 'cuda:0',
      reason: 'failed',
      detail: expect.stringContaining('nvmlDeviceGetFieldValues: field 82'),
    },
  ]);
  await nvml.script({ gpus: [fullFakeGpu(0)] });
  expect((await later(({ memoryCelsius }) => memoryCelsius !== undefined)).memoryCelsius).toBe(71);
});

describe('a counter of PCIe bytes', () => {
  const pcie = (value: number, type = 3) => withFields({ id: 197, value, type });
  const totals = async (...values: [number, number?][]) => {
    const [initial, ...rest] = values as [[number, number?], ...[number, number?][]];
    await start(pcie(...initial));
    const read: (number | undefined)[] = [(await first()).pcieTransmitBytes];
    for (const value of rest) {
      await nvml.script({ gpus: [pcie(...value)] });
      const before = read.at(-1);
      read.push((await later(({ pcieTransmitBytes }) => pcieTransmitBytes !== before)).pcieTransmitBytes);
    }
    return read;
  };

  it('grows with the driver’s', async () => {
    expect(await totals([1000], [1500])).toEqual([1000, 1500]);
  });

  it('goes on after a reset', async () => {
    expect(await totals([1_000_000], [400])).toEqual([1_000_000, 1_000_400]);
  });

  it('goes on after 32 bits have wrapped', async () => {
    expect(await totals([2 ** 32 - 10, 1], [30, 1])).toEqual([2 ** 32 - 10, 2 ** 32 + 30]);
  });
});

describe('NVLink of the fifth generation', () => {
  const ALL_LINKS = 0xffff_ffff;
  const generation4 = [138, 139, 38, 45, 52, 59, 160];
  const gpu = (fields: readonly FakeField[], links = 2) =>
    fullFakeGpu(0, {
      fields: [
        ...FAKE_FIELDS.filter(({ id }) => ![...generation4, 91].includes(id)),
        { id: 91, type: 1, value: links },
        ...fields,
      ],
    });
  const perLink = [0, 1].flatMap((scope) => [
    ...[202, 204, 208, 211, 214, 215].map((id, i) => ({ id, scope, value: (i + 1) * 10 + scope })),
  ]);

  it('is summed up over its links', async () => {
    await start(gpu(perLink));
    expect(await first()).toMatchObject({
      nvlinkTransmitBytes: 21,
      nvlinkReceiveBytes: 41,
      nvlinkReceiveErrors: 61,
      nvlinkIntegrityErrors: 81,
      nvlinkFailedRecoveries: 101,
      nvlinkRecoveryErrors: 121,
      nvlinkCrcDataErrors: undefined,
    });
  });

  it('uses the total if the driver has one', async () => {
    await start(gpu([...perLink, { id: 202, scope: ALL_LINKS, value: 5000 }]));
    expect((await first()).nvlinkTransmitBytes).toBe(5000);
  });

  it('sums up the links that are in use', async () => {
    await start(gpu(perLink, 18));
    expect((await first()).nvlinkTransmitBytes).toBe(21);
  });

  it('reads no more links than NVML has, whatever the driver counts', async () => {
    await start(gpu(perLink, 4_294_967_295));
    const reading = (await sample()).readings[0];
    expect(reading?.nvlinkTransmitBytes).toBe(21);
    expect(nvml.requestedFields()).toBeLessThan(1000);
  });
});

describe('the status', () => {
  const ok = { 31: 0, 144: 0, 145: 0, 230: 0 };
  const gpu = (values: Readonly<Record<number, number>>) =>
    fakeGpu(0, { fields: Object.entries(values).map(([id, value]) => ({ id: Number(id), type: 1, value })) });

  it.each([
    ['ok', ok],
    ['ok', { 145: 0 }],
    ['failed', { ...ok, 230: 1 }],
    ['failed', { ...ok, 230: 2 }],
    ['degraded', { ...ok, 230: 3 }],
    ['degraded', { ...ok, 230: 4 }],
    ['degraded', { ...ok, 230: 5 }],
    ['degraded', { ...ok, 144: 1 }],
    ['degraded', { 31: 1 }],
    ['predicted_failure', { ...ok, 145: 1 }],
    ['failed', { ...ok, 145: 1, 230: 1 }],
    [undefined, {}],
    [undefined, { 230: 4_294_967_295 }],
  ] as const)('is %s with the fields %o', async (status, fields) => {
    await start(gpu(fields));
    expect((await first()).status).toBe(status);
  });

  it('is failed after an error that takes a reset, until the GPU has been away', async () => {
    await start(gpu({ 145: 0 }));
    await first();
    await nvml.script({ gpus: [{ ...gpu({ 145: 0 }), xids: [31] }] });
    expect((await first()).status).toBe('ok');
    await nvml.script({ gpus: [{ ...gpu({ 145: 0 }), xids: [95] }] });
    expect((await first()).status).toBe('failed');
    expect((await first()).status).toBe('failed');
    await nvml.script({ gpus: [] });
    await until(async () => (await sample()).readings.length === 0);
    await nvml.script({ gpus: [gpu({ 145: 0 })] });
    await until(async () => (await sample()).readings[0]?.status === 'ok');
  });

  it('is the driver’s verdict if it has one, whatever errors there were', async () => {
    await start(gpu(ok));
    await first();
    await nvml.script({ gpus: [{ ...gpu(ok), xids: [95] }] });
    expect((await first()).status).toBe('ok');
  });

  it('is absent for a MIG device', async () => {
    await start(fakeGpu(0, { migDevices: [{ uuid: 'MIG-0', fields: FAKE_FIELDS }], fields: FAKE_FIELDS }));
    expect((await sample()).readings.map(({ status }) => status)).toEqual(['ok', undefined]);
  });
});

it('reads fields again after the devices have changed', async () => {
  await start(fakeGpu(0));
  expect((await first()).memoryCelsius).toBeUndefined();
  await nvml.script({ gpus: [fullFakeGpu(3)] });
  expect((await later(({ uuid }) => uuid === fakeGpu(3).uuid)).memoryCelsius).toBe(71);
});

it('lists the clients of the Multi-Process Service among the processes', async () => {
  const GIB = 2 ** 30;
  await start(
    fullFakeGpu(0, {
      compute: [
        [1, GIB],
        [2, GIB],
      ],
      mps: [
        [2, 2 * GIB],
        [3, 3 * GIB],
      ],
    }),
  );
  const { mpsClients, processes } = await first();
  expect(mpsClients).toBe(2);
  expect(processes?.map(({ pid, usedMib }) => [pid, usedMib])).toEqual([
    [3, 3072],
    [2, 2048],
    [1, 1024],
  ]);
});
