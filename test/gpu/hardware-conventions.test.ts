// From the driver's library to metrics under the names of OTel's hardware conventions.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GPUProfiler } from '../../src/index.js';
import { FAKE_FIELDS, type FakeNvml, fakeNvml, fullFakeGpu, noCompiler } from '../fakes/nvml.js';
import { instrumentedHost } from '../helpers/sdk.js';

let nvml: FakeNvml;
let profiler: GPUProfiler;
beforeEach(({ skip }) => skip(noCompiler !== undefined, noCompiler));
afterEach(async () => {
  await profiler?.shutdown();
  await nvml?.remove();
});

type Point = { attributes: Record<string, unknown>; value: unknown };
const start = async (gpu = fullFakeGpu(0), gpuConventions: 'hw' | 'both' = 'hw') => {
  nvml = await fakeNvml({ gpus: [gpu] });
  const host = instrumentedHost({ gpuConventions });
  profiler = new GPUProfiler({ source: 'nvml', nvmlLibrary: nvml.library, enabled: false });
  await profiler.sampleNow();
  return {
    host,
    points: async (name: string) => ((await host.metric(name))?.dataPoints ?? []) as unknown as Point[],
  };
};

const COMPONENT = { 'hw.id': 'GPU-00000000-1111-2222-3333-444444444444', 'hw.name': 'Fake GPU 80GB' };
const GPU = {
  ...COMPONENT,
  'hw.type': 'gpu',
  'hw.model': 'Fake GPU 80GB',
  'hw.vendor': 'nvidia',
  'hw.driver_version': '550.54.15',
  'hw.firmware_version': '96.00.74.00.01',
  'hw.serial_number': '1650923012345',
};

it('reports hw.gpu.io by direction', async () => {
  const { host, points } = await start();
  expect((await points('hw.gpu.io')).map(({ attributes, value }) => [attributes, value])).toEqual([
    [{ ...GPU, 'network.io.direction': 'transmit' }, 5e12],
    [{ ...GPU, 'network.io.direction': 'receive' }, 6e12],
  ]);
  expect(await host.metric('hw.gpu.io')).toMatchObject({
    descriptor: { unit: 'By' },
    isMonotonic: true,
  });
});

it.each([
  ['hw.gpu.memory.limit', {}],
  ['hw.gpu.memory.usage', {}],
  ['hw.gpu.memory.utilization', {}],
  ['hw.gpu.utilization', { 'hw.gpu.task': 'general' }],
  ['hw.errors', { 'error.type': 'corrected' }],
  ['hw.status', { 'hw.state': 'ok' }],
])('identifies the model of the GPU of %s', async (name, own) => {
  const { points } = await start();
  expect((await points(name)).map(({ attributes }) => attributes)).toContainEqual({ ...GPU, ...own });
});

it.each(['hw.energy', 'hw.power'])('identifies the component of %s', async (name) => {
  const { points } = await start();
  expect((await points(name)).map(({ attributes }) => attributes)).toEqual([
    { ...COMPONENT, 'hw.type': 'gpu' },
  ]);
});

it('reports temperatures and fans by the place of their sensor', async () => {
  const { points } = await start();
  const at = async (name: string) => (await points(name)).map(({ attributes, value }) => [attributes, value]);
  expect(await at('hw.temperature')).toEqual([
    [{ ...COMPONENT, 'hw.sensor_location': 'gpu' }, 60],
    [{ ...COMPONENT, 'hw.sensor_location': 'memory' }, 71],
  ]);
  expect(await at('hw.fan.speed_ratio')).toEqual([[{ ...COMPONENT, 'hw.sensor_location': 'gpu' }, 0.45]]);
});

it('reports each state as 0 or 1', async () => {
  const fields = [...FAKE_FIELDS.filter(({ id }) => id !== 145), { id: 145, type: 1, value: 1 }];
  const { host, points } = await start(fullFakeGpu(0, { fields }), 'both');
  const states = { ok: 0, degraded: 0, failed: 0, predicted_failure: 1 };
  const byState = (list: Point[], key: string) =>
    Object.fromEntries(list.map(({ attributes, value }) => [attributes[key], value]));
  expect(byState(await points('hw.status'), 'hw.state')).toEqual(states);
  expect(byState(await points('snakepit.gpu.status'), 'state')).toEqual(states);
  expect(await host.metric('hw.status')).toMatchObject({ isMonotonic: false, descriptor: { unit: '1' } });
});

it('reports errors by type', async () => {
  const { points } = await start();
  const byType = (await points('hw.errors')).map(({ attributes, value }) => [
    attributes['error.type'],
    value,
  ]);
  expect(Object.fromEntries(byType)).toEqual({
    corrected: 3,
    uncorrected: 1,
    pcie_replay: 7,
    pcie_correctable: 1,
    pcie_non_fatal: 2,
    pcie_fatal: 3,
    nvlink_crc_flit: 4,
    nvlink_crc_data: 5,
    nvlink_replay: 6,
    nvlink_recovery: 7,
    nvlink_ecc: 8,
  });
});

it('replaces the metrics of the same contents, and no others', async () => {
  const { host } = await start();
  for (const name of [
    'pcie.bytes.total',
    'status',
    'pcie.replays.total',
    'nvlink.errors.total',
    'fan.percent',
  ])
    expect(await host.metric(`snakepit.gpu.${name}`)).toBeUndefined();
  expect(await host.value('snakepit.gpu.throttled.seconds.total', { reason: 'hw_thermal' })).toBe(8);
  expect(await host.value('snakepit.gpu.nvlink.bytes.total', { direction: 'receive' })).toBe(2000 * 1024);
  expect(await host.value('snakepit.gpu.pcie.link.generation')).toBe(1);
  expect(await host.value('snakepit.gpu.remapped_rows.total', { cause: 'uncorrected' })).toBe(14);
});

it('reports no state, traffic or errors of a GPU whose driver has none', async () => {
  const { host } = await start({ uuid: 'GPU-bare', celsius: 40 });
  expect(await host.value('hw.temperature')).toBe(40);
  for (const name of ['hw.status', 'hw.gpu.io', 'hw.errors', 'hw.fan.speed_ratio'])
    expect(await host.metric(name)).toBeUndefined();
});
