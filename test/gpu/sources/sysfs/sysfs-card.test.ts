import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identifyCards, listCards } from '../../../../src/gpu/sources/sysfs/find-cards.js';
import { SerialFileReader } from '../../../../src/system/serial-file-reader.js';
import { type FakeSysfs, fakeSysfs, uevent } from '../../../fakes/sysfs.js';

let sysfs: FakeSysfs;
const files = new SerialFileReader(new AbortController().signal);
const find = async () => identifyCards(sysfs.root, await listCards(sysfs.root, files), ['i915', 'xe'], files);

beforeEach(async () => {
  sysfs = await fakeSysfs();
});
afterEach(() => sysfs.remove());

it('finds cards by driver, sorted by PCI address', async () => {
  await sysfs.card(0, uevent('0000:83:00.0', 'xe'));
  await sysfs.card(1, uevent('0000:03:00.0', 'amdgpu'));
  await sysfs.card(2, uevent('0000:00:02.0', 'i915'));
  await sysfs.card(3, { 'device/uevent': 'DRIVER=xe' });
  await sysfs.card(4, { 'device/uevent': 'PCI_SLOT_NAME=0000:04:00.0' });
  await mkdir(join(sysfs.root, 'card2-DP-1'));
  expect((await find()).map(({ driver, pciAddress }) => [driver, pciAddress])).toEqual([
    ['i915', '0000:00:02.0'],
    ['xe', '0000:83:00.0'],
  ]);
});

it('uses the hardware monitor with the name of the driver, else the first', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'i915'),
    'device/hwmon/hwmon1/name': 'i915_gt0',
    'device/hwmon/hwmon2/name': 'i915',
    'device/hwmon/hwmon2/temp1_input': '40500',
  });
  await sysfs.card(1, { ...uevent('0000:04:00.0', 'xe'), 'device/hwmon/hwmon7/temp1_input': '1000' });
  await sysfs.card(2, uevent('0000:05:00.0', 'xe'));
  const celsius = (await find()).map((card) => card.celsius('temp1_input'));
  expect(await Promise.all(celsius)).toEqual([40.5, 1, undefined]);
});

it('returns no percentage without a maximum', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'xe'),
    'device/hwmon/hwmon1/pwm1': '10',
    'device/hwmon/hwmon1/pwm1_max': '0',
  });
  const [card] = await find();
  expect(await card?.percent('pwm1', 'pwm1_max')).toBeUndefined();
  expect(await card?.percent('fan1_input', 'pwm1_max')).toBeUndefined();
});
