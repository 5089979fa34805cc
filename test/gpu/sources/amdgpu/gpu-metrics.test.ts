// Offsets and sizes: kgd_pp_interface.h of the kernel, compiled.
import { expect, it } from 'vitest';
import { isApuMetrics, parseGpuMetrics } from '../../../../src/gpu/sources/amdgpu/gpu-metrics.js';
import { known } from '../../../fakes/sysfs.js';
import { gpuMetrics, u16, u32, u64 } from '../../../helpers/gpu-metrics.js';

const parse = (bytes: Uint8Array) => known(parseGpuMetrics(bytes));

it.each([
  ['1.1', 96],
  ['1.2', 104],
  ['1.3', 120],
])('reads version %s of a card', (version, size) => {
  const fields = [u16(4, 61), u16(6, 70), u16(8, 64), u16(16, 88), u16(18, 30), u16(22, 210), u64(24, 7n)];
  expect(parse(gpuMetrics(version, size, ...fields, u16(54, 1700), u16(58, 1600)))).toEqual({
    celsius: 61,
    memoryCelsius: 64,
    gpuPercent: 88,
    memoryControllerPercent: 30,
    watts: 210,
    graphicsClockMhz: 1700,
    memoryClockMhz: 1600,
    partitionPercents: [],
  });
});

it.each([
  ['1.4', 288, 24, 240, 280],
  ['1.5', 360, 88, 312, 352],
  ['1.6', 1664, 16, 264, 304],
  ['1.7', 2208, 24, 296, 336],
  ['1.8', 3872, 24, 296, 336],
])('reads version %s of an accelerator', (version, size, energy, clocks, memoryClock) => {
  const fields = [u16(4, 52), u16(6, 47), u16(10, 620), u16(12, 97), u16(14, 41), u64(energy, 65_536n * 3n)];
  const bytes = gpuMetrics(
    version,
    size,
    ...fields,
    u16(clocks, 132),
    u16(clocks + 14, 2100),
    u16(memoryClock, 900),
  );
  expect(parse(bytes)).toEqual({
    celsius: 52,
    memoryCelsius: 47,
    gpuPercent: 97,
    memoryControllerPercent: 41,
    watts: 620,
    energyJoules: 3,
    graphicsClockMhz: 2100,
    memoryClockMhz: 900,
    partitionPercents: [],
  });
});

it.each([
  ['1.6', 1664, 306, 312, 168],
  ['1.7', 2208, 338, 344, 232],
  ['1.8', 3872, 338, 344, 440],
])(
  'reads the partitions of version %s, as means of the engines that they have',
  (version, size, count, at, stride) => {
    const bytes = gpuMetrics(
      version,
      size,
      u16(count, 4),
      u32(at, 100),
      u32(at + 4, 50),
      u32(at + stride, 0),
      u32(at + 3 * stride, 12),
    );
    expect(parse(bytes).partitionPercents).toEqual([75, 0, undefined, 12]);
  },
);

it.each([
  ['2.1', 120, undefined],
  ['2.2', 128, undefined],
  ['2.3', 152, 15.5],
  ['2.4', 168, 15.5],
])('converts the units of version %s of an integrated GPU', (version, size, watts) => {
  const fields = [u16(4, 4550), u16(6, 5000), u16(28, 7311), u16(40, 15_500), u16(76, 800), u16(80, 1200)];
  const { watts: read, ...others } = parse(gpuMetrics(version, size, ...fields));
  expect(others).toEqual({
    celsius: 45.5,
    gpuPercent: 73.11,
    graphicsClockMhz: 800,
    memoryClockMhz: 1200,
    partitionPercents: [],
  });
  expect(read).toBe(watts);
});

it('uses the next sensor for a temperature that the card does not have', () => {
  expect(parse(gpuMetrics('1.3', 120, u16(6, 71))).celsius).toBe(71);
});

it('has no value where all bits are set', () => {
  expect(parse(gpuMetrics('1.8', 3872))).toEqual({ partitionPercents: [] });
});

it.each([
  ['a version that is not known', gpuMetrics('1.9', 3872)],
  ['another size than that of its version', gpuMetrics('1.3', 128)],
  ['less than it announces', gpuMetrics('1.3', 120).subarray(0, 96)],
  ['no header', new Uint8Array(3)],
])('reads nothing from a file with %s', (_what, bytes) => {
  expect(parseGpuMetrics(bytes)).toBeUndefined();
});

it('recognizes integrated GPUs by the format', () => {
  expect(isApuMetrics(gpuMetrics('2.2', 128))).toBe(true);
  expect(isApuMetrics(gpuMetrics('3.0', 264))).toBe(true);
  expect(isApuMetrics(gpuMetrics('1.3', 120))).toBe(false);
  expect(isApuMetrics(undefined)).toBeUndefined();
});
