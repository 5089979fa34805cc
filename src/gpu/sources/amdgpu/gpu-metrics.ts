import { ENERGY_UNITS_PER_JOULE, highest, parseMetricsList } from './metrics-list.js';

/** Values of the file `gpu_metrics`, which amdgpu copies from the firmware of the card. */
export interface GpuMetrics {
  readonly celsius?: number;
  readonly memoryCelsius?: number;
  readonly gpuPercent?: number;
  readonly memoryControllerPercent?: number;
  readonly watts?: number;
  readonly energyJoules?: number;
  readonly graphicsClockMhz?: number;
  readonly memoryClockMhz?: number;
  /** Utilization of each partition of the card, %. Empty if the file has none. */
  readonly partitionPercents: readonly (number | undefined)[];
}

/** Places of the values in one version of `struct gpu_metrics`, which is little-endian and naturally aligned. */
interface Layout {
  /** Places of the temperatures, the first of which is used that the card has. */
  readonly celsius: readonly number[];
  readonly memoryCelsius?: number;
  readonly gpuPercent: number;
  readonly memoryControllerPercent?: number;
  readonly watts?: number;
  /** Place of a power that has 32 bits, mW. */
  readonly milliwatts?: number;
  readonly energy?: number;
  /** Clocks of the graphics engines, of which the highest is used. */
  readonly graphicsClocks: readonly [offset: number, count: number];
  readonly memoryClock: number;
  /** Temperatures and percentages are in hundredths, and power is in thousandths. */
  readonly isApu?: true;
  readonly partitions?: { readonly count: number; readonly offset: number; readonly stride: number };
}

const CARD = {
  celsius: [4, 6],
  memoryCelsius: 8,
  gpuPercent: 16,
  memoryControllerPercent: 18,
  watts: 22,
  // The unit of its energy depends on the card.
  graphicsClocks: [54, 1],
  memoryClock: 58,
} as const;

const ACCELERATOR = {
  celsius: [4],
  memoryCelsius: 6,
  gpuPercent: 12,
  memoryControllerPercent: 14,
  watts: 10,
} as const;

const NEWER_ACCELERATOR = {
  ...ACCELERATOR,
  energy: 24,
  graphicsClocks: [296, 8],
  memoryClock: 336,
} as const;

const APU = {
  celsius: [4, 6],
  gpuPercent: 28,
  graphicsClocks: [76, 1],
  memoryClock: 80,
  isApu: true,
} as const;
/** The unit of the power in older versions depends on the firmware. */
const APU_WATTS = 40;

/**
 * By `format_revision.content_revision` and size: some versions have grown without a new number. Source: `kgd_pp_interface.h` of the
 * kernel.
 */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  '1.0 80': {
    ...CARD,
    celsius: [16, 18],
    memoryCelsius: 20,
    gpuPercent: 28,
    memoryControllerPercent: 30,
    watts: 34,
  },
  '1.1 96': CARD,
  '1.2 104': CARD,
  '1.3 120': CARD,
  '1.4 288': { ...ACCELERATOR, energy: 24, graphicsClocks: [240, 8], memoryClock: 280 },
  '1.5 360': { ...ACCELERATOR, energy: 88, graphicsClocks: [312, 8], memoryClock: 352 },
  '1.6 1664': {
    ...ACCELERATOR,
    energy: 16,
    graphicsClocks: [264, 8],
    memoryClock: 304,
    partitions: { count: 306, offset: 312, stride: 168 },
  },
  '1.7 2208': { ...NEWER_ACCELERATOR, partitions: { count: 338, offset: 344, stride: 232 } },
  '1.8 3360': { ...NEWER_ACCELERATOR, partitions: { count: 338, offset: 344, stride: 376 } },
  '1.8 3872': { ...NEWER_ACCELERATOR, partitions: { count: 338, offset: 344, stride: 440 } },
  '2.0 120': { ...APU, celsius: [16, 18], gpuPercent: 40, graphicsClocks: [80, 1], memoryClock: 84 },
  '2.1 120': APU,
  '2.2 128': APU,
  '2.3 152': { ...APU, watts: APU_WATTS },
  '2.4 168': { ...APU, watts: APU_WATTS },
  '3.0 264': {
    celsius: [4, 6],
    gpuPercent: 42,
    milliwatts: 112,
    graphicsClocks: [174, 1],
    memoryClock: 186,
    isApu: true,
  },
};
/** A list of values that describe themselves. */
const LIST_VERSION = '1.9';

const HEADER_BYTES = 4;
const APU_FORMATS: readonly number[] = [2, 3];
const MAX_PARTITIONS = 8;
/** Engines of a partition, each with a percentage at its beginning. */
const MAX_ENGINES = 8;

/** Returns true if the file is that of an integrated GPU; `undefined` if there is none. */
export const isApuMetrics = (bytes: Uint8Array | undefined): boolean | undefined =>
  bytes === undefined || bytes.length < HEADER_BYTES ? undefined : APU_FORMATS.includes(bytes[2] as number);

/** Returns the values that the file has; `undefined` for a version that is not known, or that has another size. */
export function parseGpuMetrics(bytes: Uint8Array): GpuMetrics | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint16(0, true);
  if (bytes.length < size) return undefined;
  const version = `${bytes[2]}.${bytes[3]}`;
  if (version === LIST_VERSION) return parseMetricsList(view, size);
  const layout = LAYOUTS[`${version} ${size}`];
  return layout === undefined ? undefined : readLayout(view, layout);
}

function readLayout(view: DataView, layout: Layout): GpuMetrics {
  const [clocks, clockCount] = layout.graphicsClocks;
  const hundredths = layout.isApu ? 100 : 1;
  const thousandths = layout.isApu ? 1000 : 1;
  const word = (offset: number | undefined, divisor = 1) => readWord(view, offset, divisor);
  return {
    celsius: layout.celsius.map((offset) => word(offset, hundredths)).find((value) => value !== undefined),
    memoryCelsius: word(layout.memoryCelsius),
    gpuPercent: word(layout.gpuPercent, hundredths),
    memoryControllerPercent: word(layout.memoryControllerPercent),
    watts: word(layout.watts, thousandths) ?? readMilliwatts(view, layout.milliwatts),
    energyJoules: readEnergy(view, layout.energy),
    graphicsClockMhz: highest(Array.from({ length: clockCount }, (_, i) => word(clocks + 2 * i))),
    memoryClockMhz: word(layout.memoryClock),
    partitionPercents: readPartitions(view, layout.partitions),
  };
}

/** A value of which all bits are set is one that the card does not have. */
function readWord(view: DataView, offset: number | undefined, divisor: number): number | undefined {
  const value = offset === undefined ? 0xffff : view.getUint16(offset, true);
  return value === 0xffff ? undefined : value / divisor;
}

function readMilliwatts(view: DataView, offset: number | undefined): number | undefined {
  const value = offset === undefined ? 0xffff_ffff : view.getUint32(offset, true);
  return value === 0xffff_ffff ? undefined : value / 1000;
}

function readEnergy(view: DataView, offset: number | undefined): number | undefined {
  if (offset === undefined) return undefined;
  const units = view.getBigUint64(offset, true);
  return units === 0xffff_ffff_ffff_ffffn ? undefined : Number(units) / ENERGY_UNITS_PER_JOULE;
}

function readPartitions(view: DataView, partitions: Layout['partitions']): (number | undefined)[] {
  if (partitions === undefined) return [];
  const count = view.getUint16(partitions.count, true);
  if (count > MAX_PARTITIONS) return [];
  return Array.from({ length: count }, (_, i) =>
    meanOfEngines(view, partitions.offset + i * partitions.stride),
  );
}

function meanOfEngines(view: DataView, offset: number): number | undefined {
  const percents = Array.from({ length: MAX_ENGINES }, (_, i) => view.getUint32(offset + 4 * i, true));
  const known = percents.filter((percent) => percent !== 0xffff_ffff);
  return known.length === 0 ? undefined : known.reduce((sum, percent) => sum + percent, 0) / known.length;
}
