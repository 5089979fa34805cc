import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IntelSource, intelUnavailable } from '../../../../src/gpu/sources/intel/intel-source.js';
import { type FakeSysfs, fakeSysfs, known, uevent } from '../../../fakes/sysfs.js';
import { FULL_I915 } from '../../../helpers/full-readings.js';

let sysfs: FakeSysfs;
let source: IntelSource;
const sample = async () => (await source.sample(new AbortController().signal)).readings.map(known);

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  sysfs = await fakeSysfs();
  source = new IntelSource(sysfs);
});
afterEach(async () => {
  vi.useRealTimers();
  await sysfs.remove();
});

it('reads all files of an i915 card, with power and utilization from the second sample on', async () => {
  await sysfs.card(1, FULL_I915);
  const first = {
    device: 'xpu:0',
    index: 0,
    vendor: 'intel',
    pciAddress: '0000:03:00.0',
    driverVersion: '1.25.2',
    memoryTotalMib: 16_384,
    memoryUsedMib: 1024,
    memoryFreeMib: 15_360,
    celsius: 52,
    memoryCelsius: 55,
    limitWatts: 190,
    energyJoules: 100,
    graphicsClockMhz: 1550,
  };
  expect(await sample()).toEqual([first]);

  vi.advanceTimersByTime(2000);
  await sysfs.card(1, {
    'device/hwmon/hwmon5/energy1_input': '340000000',
    'gt/gt0/rc6_residency_ms': '5500',
  });
  expect(await sample()).toEqual([{ ...first, energyJoules: 340, watts: 120, gpuPercent: 75 }]);
});

it('reads the files of an xe card', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'xe'),
    'device/tile0/gt0/freq0/act_freq': '2400',
    'device/tile0/gt0/gtidle/idle_residency_ms': '100',
    'device/hwmon/hwmon2/name': 'xe',
    'device/hwmon/hwmon2/temp2_input': '41000',
    'device/hwmon/hwmon2/power1_max': '0',
    'device/hwmon/hwmon2/energy2_input': '5000000',
  });
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { 'device/tile0/gt0/gtidle/idle_residency_ms': '100' });
  expect(await sample()).toEqual([
    {
      device: 'xpu:0',
      index: 0,
      vendor: 'intel',
      pciAddress: '0000:03:00.0',
      celsius: 41,
      energyJoules: 5,
      watts: 0,
      gpuPercent: 100,
      graphicsClockMhz: 2400,
    },
  ]);
});

it('reads the files of an integrated GPU on old kernels', async () => {
  await sysfs.card(0, {
    ...uevent('0000:00:02.0', 'i915'),
    gt_act_freq_mhz: '350',
    'power/rc6_residency_ms': '1000',
  });
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { 'power/rc6_residency_ms': '2000' });
  expect(await sample()).toMatchObject([{ device: 'xpu:0', graphicsClockMhz: 350, gpuPercent: 0 }]);
});

it('omits readings of a counter that was reset', async () => {
  await sysfs.card(0, FULL_I915);
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { 'device/hwmon/hwmon5/energy1_input': '1', 'gt/gt0/rc6_residency_ms': '1' });
  const [reading] = await sample();
  expect(reading).not.toHaveProperty('watts');
  expect(reading).not.toHaveProperty('gpuPercent');
});

it('compares a sample that follows too soon with an earlier one', async () => {
  await sysfs.card(0, FULL_I915);
  await sample();
  vi.advanceTimersByTime(49);
  expect((await sample())[0]).not.toHaveProperty('gpuPercent');
  vi.advanceTimersByTime(51);
  await sysfs.card(0, { 'gt/gt0/rc6_residency_ms': '5050' });
  expect(await sample()).toMatchObject([{ gpuPercent: 50 }]);
});

it('does not wake a card that is powered down, and does not count the time as utilization', async () => {
  await sysfs.card(0, { ...FULL_I915, 'device/power/runtime_status': 'active' });
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { 'device/power/runtime_status': 'suspended' });
  const [asleep] = await sample();
  expect(asleep).toMatchObject({ memoryTotalMib: 16_384, gpuPercent: 0 });
  expect(asleep).not.toHaveProperty('celsius');
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { 'device/power/runtime_status': 'active' });
  const [awake] = await sample();
  expect(awake).toMatchObject({ celsius: 52 });
  expect(awake).not.toHaveProperty('gpuPercent');
});

it('lists a card without readable files', async () => {
  await sysfs.card(0, uevent('0000:00:02.0', 'xe'));
  expect(await sample()).toEqual([
    { device: 'xpu:0', index: 0, vendor: 'intel', pciAddress: '0000:00:02.0' },
  ]);
});

it('is available only with a card of its drivers', async () => {
  await sysfs.card(0, uevent('0000:03:00.0', 'amdgpu'));
  expect(await intelUnavailable(sysfs.root)).toMatchObject({ reason: expect.stringContaining('i915 or xe') });
  await sysfs.card(1, uevent('0000:00:02.0', 'xe'));
  expect(await intelUnavailable(sysfs.root)).toBeUndefined();
});

it('rejects with the reason of an aborted signal', async () => {
  const aborted = AbortSignal.abort(new Error('too late'));
  await sysfs.card(0, FULL_I915);
  await expect(source.sample(aborted)).rejects.toThrow('too late');
});

it('reports the utilization of an xe card as the mean of its tiles, and leaves media engines out', async () => {
  const idle = (tile: number, ms: number) => ({
    [`device/tile${tile}/gt${2 * tile}/gtidle/idle_residency_ms`]: String(ms),
  });
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'xe'),
    'device/tile0/gt0/gtidle/name': 'gt0-rc',
    'device/tile0/gt1/gtidle/name': 'gt1-mc',
    'device/tile0/gt1/gtidle/idle_residency_ms': '0',
    'device/tile1/gt2/gtidle/name': 'gt2-rc',
    'device/tile0/gt0/freq0/act_freq': '300',
    'device/tile1/gt2/freq0/act_freq': '2400',
    ...idle(0, 1000),
    ...idle(1, 1000),
  });
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { ...idle(0, 2000), ...idle(1, 1200) });
  const [reading] = await sample();
  expect(reading?.gpuPercent).toBeCloseTo(40);
  expect(reading?.graphicsClockMhz).toBe(2400);
});

it('reports the utilization of all tiles with Intel’s own builds of i915', async () => {
  const tiles = (first: number, second: number) => ({
    'gt/gt0/rc6_residency_ms': String(first),
    'gt/gt1/rc6_residency_ms': String(second),
    'gt/gt1/rps_act_freq_mhz': '1600',
  });
  await sysfs.card(0, { ...FULL_I915, ...tiles(1000, 1000) });
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, tiles(2000, 1200));
  const [reading] = await sample();
  expect(reading?.gpuPercent).toBeCloseTo(40);
  expect(reading?.graphicsClockMhz).toBe(1600);
});

it('leaves the media engines out that i915 has as a second GT', async () => {
  const integrated = (render: number, media: number) => ({
    ...uevent('0000:00:02.0', 'i915'),
    'gt/gt0/rc6_residency_ms': String(render),
    'gt/gt1/rc6_residency_ms': String(media),
  });
  await sysfs.card(0, integrated(1000, 1000));
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, integrated(1900, 1000));
  expect((await sample())[0]?.gpuPercent).toBeCloseTo(10);
});

it('has no utilization of a card while a tile cannot be read', async () => {
  const idle = (tile: number, ms: string) => ({
    [`device/tile${tile}/gt${tile}/gtidle/idle_residency_ms`]: ms,
  });
  await sysfs.card(0, { ...uevent('0000:03:00.0', 'xe'), ...idle(0, '1000'), ...idle(1, '1000') });
  await sample();
  vi.advanceTimersByTime(1000);
  await sysfs.card(0, { ...idle(0, '2000'), ...idle(1, '') });
  expect((await sample())[0]).not.toHaveProperty('gpuPercent');
});

it('takes the limit of the package if the card has none', async () => {
  await sysfs.card(0, {
    ...uevent('0000:03:00.0', 'xe'),
    'device/hwmon/hwmon2/name': 'xe',
    'device/hwmon/hwmon2/power1_max': '0',
    'device/hwmon/hwmon2/power2_max': '190000000',
  });
  expect(await sample()).toMatchObject([{ limitWatts: 190 }]);
});

it('stays with one energy counter while it cannot be read', async () => {
  const energy = (card: string, joules: number) =>
    sysfs.card(0, {
      'device/hwmon/hwmon2/energy1_input': card,
      'device/hwmon/hwmon2/energy2_input': String(joules * 1e6),
    });
  await sysfs.card(0, { ...uevent('0000:03:00.0', 'xe'), 'device/hwmon/hwmon2/name': 'xe' });
  await energy('100000000', 7);
  await sample();
  vi.advanceTimersByTime(1000);
  await energy('', 900);
  const [reading] = await sample();
  expect(reading).not.toHaveProperty('energyJoules');
  expect(reading).not.toHaveProperty('watts');
  vi.advanceTimersByTime(1000);
  await energy('300000000', 901);
  expect(await sample()).toMatchObject([{ energyJoules: 300, watts: 100 }]);
});

it('omits an energy counter that reads 0 once, and takes the power over the time between the values', async () => {
  const energy = (joules: number) =>
    sysfs.card(0, { 'device/hwmon/hwmon2/energy1_input': String(joules * 1e6) });
  await sysfs.card(0, { ...uevent('0000:03:00.0', 'xe'), 'device/hwmon/hwmon2/name': 'xe' });
  const read = async (joules: number) => {
    await energy(joules);
    const [reading] = await sample();
    vi.advanceTimersByTime(1000);
    return [reading?.energyJoules, reading?.watts];
  };
  expect(await read(706_000_000)).toEqual([706_000_000, undefined]);
  expect(await read(706_000_100)).toEqual([706_000_100, 100]);
  expect(await read(0)).toEqual([undefined, undefined]);
  expect(await read(706_000_300)).toEqual([706_000_300, 100]);
});
