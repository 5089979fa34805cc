import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AmdgpuSource, amdgpuAbsence } from '../../../src/gpu/sources/amdgpu.js';

// A made tree in the layout of the kernel's documentation (gpu/amdgpu/driver-misc, gpu/amdgpu/thermal); not recorded.
let root: string;
const signal = new AbortController().signal;
const sample = async () => (await new AmdgpuSource(root).sample(signal)).readings;

async function card(number: number, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, `card${number}`, 'device', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${text}\n`);
  }
}

const uevent = (address: string, driver = 'amdgpu') =>
  `DRIVER=${driver}\nPCI_CLASS=38000\nPCI_ID=1002:740F\nPCI_SLOT_NAME=${address}`;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'amdgpu-sysfs-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('reads everything that a server card shows, in our units', async () => {
  await card(1, {
    uevent: uevent('0000:c1:00.0'),
    unique_id: 'a32343daf897162a',
    product_name: 'Instinct MI210',
    mem_info_vram_total: '68702699520',
    mem_info_vram_used: '11132928',
    gpu_busy_percent: '37',
    mem_busy_percent: '12',
    'hwmon/hwmon5/temp1_input': '43000',
    'hwmon/hwmon5/temp2_input': '46000',
    'hwmon/hwmon5/power1_average': '41500000',
    'hwmon/hwmon5/power1_cap': '300000000',
  });
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
      celsius: 43,
      watts: 41.5,
      limitWatts: 300,
    },
  ]);
});

it('has no reading for a file that is missing, empty or not a number', async () => {
  await card(0, {
    uevent: uevent('0000:03:00.0'),
    mem_info_vram_total: '4278190080',
    gpu_busy_percent: '',
    'hwmon/hwmon0/temp1_input': 'garbage',
  });
  const [reading] = await sample();
  expect(Object.entries(reading ?? {}).filter(([, value]) => value !== undefined)).toEqual([
    ['device', 'rocm:0'],
    ['index', 0],
    ['vendor', 'amd'],
    ['pciAddress', '0000:03:00.0'],
    ['memoryTotalMib', 4080],
  ]);
});

it('an idle card reads 0, which is a reading', async () => {
  await card(0, { uevent: uevent('0000:03:00.0'), gpu_busy_percent: '0', 'hwmon/hwmon0/power1_input': '0' });
  expect(await sample()).toMatchObject([{ gpuPercent: 0, watts: 0 }]);
});

it('takes the second sensor where a chip lacks the first', async () => {
  await card(0, {
    uevent: uevent('0000:03:00.0'),
    'hwmon/hwmon0/temp2_input': '51000',
    'hwmon/hwmon0/power1_input': '9000000',
  });
  expect(await sample()).toMatchObject([{ celsius: 51, watts: 9 }]);
});

it('numbers cards by PCI address and leaves out connectors and other drivers', async () => {
  await card(0, { uevent: uevent('0000:83:00.0'), unique_id: 'second' });
  await card(1, { uevent: uevent('0000:00:02.0', 'i915') });
  await card(2, { uevent: uevent('0000:03:00.0'), unique_id: 'first' });
  await mkdir(join(root, 'card0-DP-1'));
  expect((await sample()).map(({ device, uuid }) => [device, uuid])).toEqual([
    ['rocm:0', 'first'],
    ['rocm:1', 'second'],
  ]);
});

it('is present only where an amdgpu card is', async () => {
  expect(await amdgpuAbsence(root)).toMatchObject({ why: expect.stringContaining('amdgpu') });
  expect(await amdgpuAbsence(join(root, 'no such folder'))).toMatchObject({
    why: expect.stringContaining('amdgpu'),
  });
  await card(0, { uevent: uevent('0000:00:02.0', 'radeon') });
  expect(await amdgpuAbsence(root)).toMatchObject({ why: expect.stringContaining('amdgpu') });
  await card(1, { uevent: uevent('0000:03:00.0') });
  expect(await amdgpuAbsence(root)).toBeUndefined();
});
