// Offsets and sizes: kgd_pp_interface.h of the kernel, compiled.
import { expect, it } from 'vitest';
import { isApuMetrics, parseGpuMetrics } from '../../../../src/gpu/sources/amdgpu/gpu-metrics.js';
import { known } from '../../../fakes/sysfs.js';
import { gpuMetrics, gpuMetricsList, u16, u32, u64 } from '../../../helpers/gpu-metrics.js';

/** What the fields of a card in these tests stand for. */
const CARD = {
  celsius: 61,
  memoryCelsius: 64,
  gpuPercent: 88,
  memoryControllerPercent: 30,
  watts: 210,
  graphicsClockMhz: 1700,
  memoryClockMhz: 1600,
  partitionPercents: [],
};

const parse = (bytes: Uint8Array) => known(parseGpuMetrics(bytes));

it.each([
  ['1.1', 96],
  ['1.2', 104],
  ['1.3', 120],
])('reads version %s of a card', (version, size) => {
  const fields = [u16(4, 61), u16(6, 70), u16(8, 64), u16(16, 88), u16(18, 30), u16(22, 210), u64(24, 7n)];
  expect(parse(gpuMetrics(version, size, ...fields, u16(54, 1700), u16(58, 1600)))).toEqual(CARD);
});

it('reads version 1.0 of a card', () => {
  const fields = [
    u16(16, 61),
    u16(20, 64),
    u16(28, 88),
    u16(30, 30),
    u16(34, 210),
    u16(54, 1700),
    u16(58, 1600),
  ];
  expect(parse(gpuMetrics('1.0', 80, ...fields))).toEqual(CARD);
});

it('reads version 1.9, whose values describe themselves', () => {
  const bytes = gpuMetricsList(
    [0, 'u16', 42],
    [1, 'u16', 37],
    [2, 'u16', 99],
    [3, 'u16', 194],
    [4, 'u16', 88],
    [5, 'u8', 30],
    [7, 'u64', 65_536n * 2n ** 31n],
    [29, 'u64', ...Array.from({ length: 8 }, () => 7n)],
    [33, 'u16', 2098, 2115, 0xffff, 2100],
    [37, 'u16', 1300],
    [900, 'u32', 1],
  );
  expect(parse(bytes)).toEqual({
    celsius: 42,
    memoryCelsius: 37,
    gpuPercent: 88,
    memoryControllerPercent: 30,
    watts: 194,
    energyJoules: 2 ** 31,
    graphicsClockMhz: 2115,
    memoryClockMhz: 1300,
    partitionPercents: [],
  });
  expect(parse(gpuMetricsList([3, 'u16', 0xffff], [7, 'u64', 2n ** 64n - 1n]))).toEqual({
    partitionPercents: [],
  });
});

it.each([
  ['cut off within a value', (bytes: Uint8Array) => [bytes.length - 1, 2, 0] as const],
  ['with too many values', (bytes: Uint8Array) => [bytes.length, 2 ** 32 - 1, 0] as const],
  ['with more values than it has', (bytes: Uint8Array) => [bytes.length, 3, 0] as const],
  ['with a type that is not known', (bytes: Uint8Array) => [bytes.length, 2, 15] as const],
])('reads nothing from a list %s', (_what, broken) => {
  const bytes = gpuMetricsList([3, 'u16', 194], [7, 'u64', 65_536n]);
  const [size, count, type] = broken(bytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, size, true);
  view.setUint32(4, count, true);
  if (type > 0) view.setUint32(8, type << 20, true);
  expect(parseGpuMetrics(bytes)).toBeUndefined();
});

it.each([
  ['1.4', 288, 24, 240, 280],
  ['1.5', 360, 88, 312, 352],
  ['1.6', 1664, 16, 264, 304],
  ['1.7', 2208, 24, 296, 336],
  ['1.8', 3360, 24, 296, 336],
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
  ['1.8', 3360, 338, 344, 376],
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

it('converts the units of version 2.0 of an integrated GPU', () => {
  const fields = [u16(16, 4550), u16(40, 7311), u16(80, 800), u16(84, 1200)];
  expect(parse(gpuMetrics('2.0', 120, ...fields))).toEqual({
    celsius: 45.5,
    gpuPercent: 73.11,
    graphicsClockMhz: 800,
    memoryClockMhz: 1200,
    partitionPercents: [],
  });
});

it('converts the units of version 3.0 of an integrated GPU', () => {
  const fields = [u16(4, 4550), u16(42, 7311), u32(112, 118_250), u16(174, 2900), u16(186, 1000)];
  expect(parse(gpuMetrics('3.0', 264, ...fields))).toEqual({
    celsius: 45.5,
    gpuPercent: 73.11,
    watts: 118.25,
    graphicsClockMhz: 2900,
    memoryClockMhz: 1000,
    partitionPercents: [],
  });
});

it('uses the next sensor for a temperature that the card does not have', () => {
  expect(parse(gpuMetrics('1.3', 120, u16(6, 71))).celsius).toBe(71);
});

it('has no value where all bits are set', () => {
  expect(parse(gpuMetrics('1.8', 3872))).toEqual({ partitionPercents: [] });
});

it.each([
  ['a version that is not known', gpuMetrics('1.10', 3872)],
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
