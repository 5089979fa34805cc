// Files of /proc of a process that ends act as files of a driver that is unloaded.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AmdgpuSource } from '../../../../src/gpu/sources/amdgpu/amdgpu-source.js';
import { fakeProc } from '../../../fakes/proc.js';
import { type FakeSysfs, fakeSysfs, uevent } from '../../../fakes/sysfs.js';
import { AMDGPU_FDINFO, withValues } from '../../../helpers/fdinfo.js';
import { FULL_AMDGPU } from '../../../helpers/full-readings.js';

let sysfs: FakeSysfs;
let source: AmdgpuSource;
const sample = async () => (await source.sample(new AbortController().signal)).readings;
const descriptors = () => readdirSync('/proc/self/fd').length;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  sysfs = await fakeSysfs();
  source = new AmdgpuSource(sysfs);
});
afterEach(async () => {
  vi.useRealTimers();
  await source.close();
  await sysfs.remove();
});

it('reads what does not change once, and again after half a minute', async () => {
  await sysfs.card(0, FULL_AMDGPU);
  await sample();
  await sysfs.card(0, { 'device/product_name': 'Other', 'device/gpu_busy_percent': '99' });
  expect(await sample()).toMatchObject([{ name: 'Instinct MI210', gpuPercent: 99 }]);
  vi.advanceTimersByTime(30_000);
  expect(await sample()).toMatchObject([{ name: 'Other' }]);
});

it('finds a sensor that appears late', async () => {
  await sysfs.card(0, uevent('0000:03:00.0', 'amdgpu'));
  expect((await sample())[0]?.celsius).toBeUndefined();
  await sysfs.card(0, { 'device/hwmon/hwmon0/name': 'amdgpu', 'device/hwmon/hwmon0/temp1_input': '51000' });
  vi.advanceTimersByTime(30_000);
  expect(await sample()).toMatchObject([{ celsius: 51 }]);
});

it('notices cards that are added and removed at once', async () => {
  await sysfs.card(0, { ...uevent('0000:03:00.0', 'amdgpu'), 'device/unique_id': 'first' });
  expect(await sample()).toHaveLength(1);
  await sysfs.card(1, { ...uevent('0000:01:00.0', 'amdgpu'), 'device/unique_id': 'second' });
  expect((await sample()).map(({ uuid }) => uuid)).toEqual(['second', 'first']);
  await sysfs.removeFiles('drm/card0');
  expect((await sample()).map(({ uuid }) => uuid)).toEqual(['second']);
});

it('identifies cards again after a file of one has gone, as when its driver is reloaded', async () => {
  const driver = spawn('sleep', ['60']);
  await once(driver, 'spawn');
  await sysfs.card(0, { ...uevent('0000:03:00.0', 'amdgpu'), 'device/product_name': 'Before' });
  await mkdir(join(sysfs.root, 'card0/device/power'));
  const status = join(sysfs.root, 'card0/device/power/runtime_status');
  await symlink(`/proc/${driver.pid}/comm`, status);
  expect(await sample()).toMatchObject([{ name: 'Before' }]);
  await sysfs.card(0, { 'device/product_name': 'After' });
  driver.kill();
  await once(driver, 'exit');
  await sample();
  expect(await sample()).toMatchObject([{ name: 'After' }]);
});

it('leaks no descriptor while cards and processes come and go, and closes all at the end', async () => {
  const proc = fakeProc(sysfs.proc);
  await proc.namespace();
  const before = descriptors();
  const card = (number: number) => ({ ...FULL_AMDGPU, ...uevent(`0000:c${number}:00.0`, 'amdgpu') });
  for (let round = 0; round < 30; round++) {
    const number = round % 8;
    await sysfs.card(number, card(number));
    const info = withValues(AMDGPU_FDINFO, { 'drm-pdev': `0000:c${number}:00.0` });
    await proc.process(100 + round, { 3: { target: `/dev/dri/card${number}`, info } });
    expect((await sample())[0]?.processes).toHaveLength(1);
    await sysfs.removeFiles(`drm/card${number}`);
    await rm(join(sysfs.proc, String(100 + round)), { recursive: true });
    vi.advanceTimersByTime(10_000);
  }
  // Those of two cards, of which one has gone since.
  expect(descriptors()).toBeLessThanOrEqual(before + 40);
  await source.close();
  expect(descriptors()).toBe(before);
});

it('does not keep what it read of a sample that was stopped', async () => {
  await sysfs.card(0, FULL_AMDGPU);
  const controller = new AbortController();
  const stopped = source.sample(controller.signal);
  controller.abort(new Error('too late'));
  await expect(stopped).rejects.toThrow('too late');
  expect(await sample()).toMatchObject([{ name: 'Instinct MI210', memoryTotalMib: 65_520 }]);
});
