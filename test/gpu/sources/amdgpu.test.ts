import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AmdgpuSource, amdgpuUnavailable } from '../../../src/gpu/sources/amdgpu.js';
import { type FakeSysfs, fakeSysfs, known, uevent } from '../../fakes/sysfs.js';
import { FULL_AMDGPU } from '../../helpers/full-readings.js';

let sysfs: FakeSysfs;
const signal = new AbortController().signal;
const sample = async () => (await new AmdgpuSource(sysfs.root).sample(signal)).readings;

beforeEach(async () => {
  sysfs = await fakeSysfs();
});
afterEach(() => sysfs.remove());

it('reads all files of a server card, and converts units', async () => {
  await sysfs.card(1, FULL_AMDGPU);
  expect(await sample()).toEqual([
    {
      device: 'rocm:0',
      index: 0,
      vendor: 'amd',
      uuid: 'a32343daf897162a',
      name: 'Instinct MI210',
      pciAddress: '0000:c1:00.0',
      memoryTotalMib: 65520,
      memoryUsedMib: 11,
      memoryFreeMib: 65509,
      gpuPercent: 37,
      memoryControllerPercent: 12,
      driverVersion: '6.10.5',
      celsius: 43,
      watts: 41.5,
      limitWatts: 300,
      energyJoules: 90,
      graphicsClockMhz: 1700,
      memoryClockMhz: 1600,
      fanPercent: 20,
      eccCorrectedErrors: 20,
      eccUncorrectedErrors: 1,
    },
  ]);
});

it('omits readings of files that are missing, empty or not a number', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'amdgpu'),
    'device/mem_info_vram_total': '4278190080',
    'device/gpu_busy_percent': '',
    'device/hwmon/hwmon0/temp1_input': 'garbage',
  });
  const [reading] = await sample();
  expect(known(reading)).toEqual({
    device: 'rocm:0',
    index: 0,
    vendor: 'amd',
    pciAddress: '0000:03:00.0',
    memoryTotalMib: 4080,
  });
});

it('reads 0 from an idle card', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'amdgpu'),
    'device/gpu_busy_percent': '0',
    'device/hwmon/hwmon0/power1_input': '0',
  });
  expect(await sample()).toMatchObject([{ gpuPercent: 0, watts: 0 }]);
});

it('uses the second sensor if the chip lacks the first', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'amdgpu'),
    'device/hwmon/hwmon0/temp2_input': '51000',
    'device/hwmon/hwmon0/power1_input': '9000000',
  });
  expect(await sample()).toMatchObject([{ celsius: 51, watts: 9 }]);
});

it('does not wake a card that is powered down, but reads its memory, and 0 utilization', async () => {
  await sysfs.card(1, { ...FULL_AMDGPU, 'device/power/runtime_status': 'suspended' });
  const [reading] = await sample();
  expect(reading).toMatchObject({ uuid: 'a32343daf897162a', memoryUsedMib: 11, gpuPercent: 0 });
  expect(reading).not.toHaveProperty('celsius');
  expect(reading).not.toHaveProperty('memoryControllerPercent');
});

it('uses the measured fan speed without an intended one', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'amdgpu'),
    'device/hwmon/hwmon0/fan1_input': '825',
    'device/hwmon/hwmon0/fan1_max': '3300',
  });
  expect(await sample()).toMatchObject([{ fanPercent: 25 }]);
});

it('numbers cards by PCI address, and skips connectors and other drivers', async () => {
  await sysfs.card(0, { ...uevent('0000:83:00.0', 'amdgpu'), 'device/unique_id': 'second' });
  await sysfs.card(1, { ...uevent('0000:00:02.0', 'i915') });
  await sysfs.card(2, { ...uevent('0000:03:00.0', 'amdgpu'), 'device/unique_id': 'first' });
  await mkdir(join(sysfs.root, 'card0-DP-1'));
  expect((await sample()).map(({ device, uuid }) => [device, uuid])).toEqual([
    ['rocm:0', 'first'],
    ['rocm:1', 'second'],
  ]);
});

it('is available only with an amdgpu card', async () => {
  expect(await amdgpuUnavailable(sysfs.root)).toMatchObject({ reason: expect.stringContaining('amdgpu') });
  expect(await amdgpuUnavailable(join(sysfs.root, 'no such folder'))).toMatchObject({
    reason: expect.stringContaining('amdgpu'),
  });
  await sysfs.card(0, { ...uevent('0000:00:02.0', 'radeon') });
  expect(await amdgpuUnavailable(sysfs.root)).toMatchObject({ reason: expect.stringContaining('amdgpu') });
  await sysfs.card(1, { ...uevent('0000:03:00.0', 'amdgpu') });
  expect(await amdgpuUnavailable(sysfs.root)).toBeUndefined();
});
