import { totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { completeSample } from '../../../../src/gpu/complete-sample.js';
import { TegraSource, tegraUnavailable } from '../../../../src/gpu/sources/tegra/tegra-source.js';
import { type FakeSysfs, fakeSysfs, known } from '../../../fakes/sysfs.js';
import { FULL_TEGRA } from '../../../helpers/full-readings.js';

let sysfs: FakeSysfs;
let sys: string;
const signal = new AbortController().signal;
const sample = async () => (await new TegraSource(sys).sample(signal)).readings;

beforeEach(async () => {
  sysfs = await fakeSysfs();
  sys = join(sysfs.root, '../..');
});
afterEach(() => sysfs.remove());

it('reads load, clock, temperature and the power of the rail that feeds the GPU', async () => {
  await sysfs.files(FULL_TEGRA);
  expect(known((await sample())[0])).toEqual({
    device: 'cuda:0',
    index: 0,
    vendor: 'nvidia',
    name: 'NVIDIA Jetson AGX Orin Developer Kit',
    computeCapability: '8.7',
    gpuPercent: 43.7,
    graphicsClockMhz: 1300.5,
    celsius: 48.5,
    watts: 9.12,
  });
});

it.each(['NVIDIA Jetson Nano Developer Kit', undefined])(
  'has the memory of the machine, marked as unified, on a board that is called %s',
  async (board) => {
    const { '../firmware/devicetree/base/model': _model, ...files } = FULL_TEGRA;
    await sysfs.files(board === undefined ? files : { ...files, '../firmware/devicetree/base/model': board });
    const [reading] = completeSample({ readings: await sample(), faults: [] }).readings;
    expect(reading).toMatchObject({ unifiedMemory: 1, memoryTotalMib: Math.round(totalmem() / 2 ** 20) });
    expect(reading?.memoryUsedMib).toBeGreaterThan(0);
  },
);

it.each([
  ['gp10b', '17000000.gp10b', '6.2'],
  ['gv11b', '17000000.gv11b', '7.2'],
  ['gpu', '57000000.gpu', undefined],
])('finds the device tree node %s', async (node, folder, computeCapability) => {
  await sysfs.files({
    [`devfreq/${folder}/device/of_node/name`]: `${node}\0`,
    [`devfreq/${folder}/device/load`]: '1000',
  });
  expect(await sample()).toMatchObject([{ gpuPercent: 100, computeCapability }]);
});

it('sums the rails that feed the GPU, and leaves out those that feed nothing', async () => {
  await sysfs.files({
    ...FULL_TEGRA,
    '../bus/i2c/devices/1-0041/name': 'ina3221',
    '../bus/i2c/devices/1-0041/hwmon/hwmon4/in1_label': 'VDD_GPU',
    '../bus/i2c/devices/1-0041/hwmon/hwmon4/in1_input': '1000',
    '../bus/i2c/devices/1-0041/hwmon/hwmon4/curr1_input': '500',
    '../bus/i2c/devices/1-0041/hwmon/hwmon4/in7_label': 'sum of GPU shunt voltages',
    '../bus/i2c/devices/1-0041/hwmon/hwmon4/in7_input': '1000',
    '../bus/i2c/devices/1-0041/hwmon/hwmon4/curr7_input': '500',
  });
  expect(await sample()).toMatchObject([{ watts: 9.62 }]);
});

it('omits what the driver does not answer, and impossible values', async () => {
  await sysfs.files({
    'devfreq/17000000.gpu/device/of_node/name': 'gpu\0',
    'devfreq/17000000.gpu/device/load': '4294967295',
    'thermal/thermal_zone1/type': 'GPU-therm',
  });
  const { readings, faults } = completeSample(await new TegraSource(sys).sample(signal));
  expect(readings[0]?.gpuPercent).toBeUndefined();
  expect(readings[0]?.celsius).toBeUndefined();
  expect(faults).toMatchObject([{ reason: 'implausible' }]);
});

it('is unavailable without a GPU of a Tegra: those of other makers are in the same folder', async () => {
  expect(await tegraUnavailable(sys)).toMatchObject({ reason: expect.stringContaining('devfreq') });
  await sysfs.files({
    'devfreq/fb000000.gpu/device/of_node/name': 'gpu\0',
    'devfreq/fb000000.gpu/device/of_node/compatible': 'rockchip,rk3588-mali\0arm,mali-valhall-csf\0',
    'devfreq/fb000000.gpu/device/load': '10',
  });
  expect(await tegraUnavailable(sys)).toBeDefined();
  // The GPU of a Thor has no load; NVML reads it.
  await sysfs.files({ 'devfreq/gpu-gpc-0/device/of_node/name': 'gpu\0' });
  expect(await tegraUnavailable(sys)).toBeDefined();
  expect(await sample()).toEqual([]);
  await sysfs.files(FULL_TEGRA);
  expect(await tegraUnavailable(sys)).toBeUndefined();
});
