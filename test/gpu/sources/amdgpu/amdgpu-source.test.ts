import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AmdgpuSource, amdgpuUnavailable } from '../../../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { type FakeSysfs, fakeSysfs, known, uevent } from '../../../fakes/sysfs.js';
import { FULL_AMDGPU } from '../../../helpers/full-readings.js';

let sysfs: FakeSysfs;
const signal = new AbortController().signal;
const sample = async () => (await new AmdgpuSource(sysfs).sample(signal)).readings;

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
      firmwareVersion: '113-D67301-059',
      serialNumber: '692201009212',
      computePartition: 'SPX',
      celsius: 43,
      memoryCelsius: 44,
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

const card = (address: string, uniqueId: string) => ({
  ...uevent(address, 'amdgpu'),
  'device/unique_id': uniqueId,
  'device/mem_info_vram_total': String(64 * 2 ** 30),
});
const identities = async () =>
  (await sample()).map(({ device, pciAddress, uuid, parentUuid }) => [device, pciAddress, uuid, parentUuid]);

it('numbers devices in the order of HIP, which is that of the compute nodes', async () => {
  for (const [number, bus] of ['03', '43', '83', 'c7'].entries())
    await sysfs.card(number, card(`0000:${bus}:00.0`, bus));
  await sysfs.kfdNode(0);
  for (const [at, bus] of ['c7', '83', '43', '03'].entries()) await sysfs.kfdNode(at + 1, `0000:${bus}:00.0`);
  expect((await identities()).map(([device, , uuid]) => [device, uuid])).toEqual([
    ['rocm:0', 'c7'],
    ['rocm:1', '83'],
    ['rocm:2', '43'],
    ['rocm:3', '03'],
  ]);
});

it('lists cards after the devices that the kernel offers for computing', async () => {
  await sysfs.card(0, card('0000:03:00.0', 'display'));
  await sysfs.card(1, card('0000:c7:00.0', 'compute'));
  await sysfs.kfdNode(0);
  await sysfs.kfdNode(1, '0000:c7:00.0');
  expect((await identities()).map(([device, , uuid]) => [device, uuid])).toEqual([
    ['rocm:0', 'compute'],
    ['rocm:1', 'display'],
  ]);
});

it.each([
  ['without gpu_metrics', {}, 512],
  ['with the gpu_metrics of an integrated GPU', { 'device/gpu_metrics': '\x78\x00\x02\x02' }, 512],
  ['with much memory reserved for the GPU', { 'device/gpu_metrics': '\x08\x01\x03\x00' }, 98_304],
])('reports the memory of an integrated GPU %s as the machine’s', async (_what, files, vramMib) => {
  await sysfs.card(0, {
    ...uevent('0000:c1:00.0', 'amdgpu'),
    'device/mem_info_vram_total': String(vramMib * 2 ** 20),
    'device/mem_info_vram_used': String(148 * 2 ** 20),
    'device/mem_info_gtt_total': String(80 * 2 ** 30),
    'device/mem_info_gtt_used': String(2 ** 30),
    ...files,
  });
  expect(await sample()).toMatchObject([
    { memoryTotalMib: 80 * 1024 + vramMib, memoryUsedMib: 1024 + 148, unifiedMemory: 1 },
  ]);
});

it('reports the memory of a card as its own, whatever it may use of the machine’s', async () => {
  const variants: Record<string, string>[] = [{}, { 'device/gpu_metrics': '\x78\x00\x01\x03' }];
  for (const [number, files] of variants.entries())
    await sysfs.card(number, {
      ...card(`0000:0${number}:00.0`, String(number)),
      'device/mem_info_gtt_total': String(512 * 2 ** 30),
      ...files,
    });
  for (const reading of await sample()) {
    expect(reading.memoryTotalMib).toBe(65_536);
    expect(reading).not.toHaveProperty('unifiedMemory');
  }
});
