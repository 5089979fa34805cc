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
  readonly size: number;
  /** Places of the temperatures, the first of which is used that the card has. */
  readonly celsius: readonly number[];
  readonly memoryCelsius?: number;
  readonly gpuPercent: number;
  readonly memoryControllerPercent?: number;
  readonly watts?: number;
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

const APU = {
  celsius: [4, 6],
  gpuPercent: 28,
  graphicsClocks: [76, 1],
  memoryClock: 80,
  isApu: true,
} as const;
/** The unit of the power in older versions depends on the firmware. */
const APU_WATTS = 40;

/** By `format_revision.content_revision`. Source: `kgd_pp_interface.h` of the kernel. */
const LAYOUTS: Readonly<Record<string, Layout>> = {
  '1.1': { ...CARD, size: 96 },
  '1.2': { ...CARD, size: 104 },
  '1.3': { ...CARD, size: 120 },
  '1.4': { ...ACCELERATOR, size: 288, energy: 24, graphicsClocks: [240, 8], memoryClock: 280 },
  '1.5': { ...ACCELERATOR, size: 360, energy: 88, graphicsClocks: [312, 8], memoryClock: 352 },
  '1.6': {
    ...ACCELERATOR,
    size: 1664,
    energy: 16,
    graphicsClocks: [264, 8],
    memoryClock: 304,
    partitions: { count: 306, offset: 312, stride: 168 },
  },
  '1.7': {
    ...ACCELERATOR,
    size: 2208,
    energy: 24,
    graphicsClocks: [296, 8],
    memoryClock: 336,
    partitions: { count: 338, offset: 344, stride: 232 },
  },
  '1.8': {
    ...ACCELERATOR,
    size: 3872,
    energy: 24,
    graphicsClocks: [296, 8],
    memoryClock: 336,
    partitions: { count: 338, offset: 344, stride: 440 },
  },
  '2.1': { ...APU, size: 120 },
  '2.2': { ...APU, size: 128 },
  '2.3': { ...APU, size: 152, watts: APU_WATTS },
  '2.4': { ...APU, size: 168, watts: APU_WATTS },
};

const HEADER_BYTES = 4;
const APU_FORMATS: readonly number[] = [2, 3];
/** Counted in 2^-16 J (15.259 µJ). */
const ENERGY_UNITS_PER_JOULE = 65_536;
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
  const layout = LAYOUTS[`${bytes[2]}.${bytes[3]}`];
  if (layout === undefined || view.getUint16(0, true) !== layout.size || bytes.length < layout.size)
    return undefined;
  const [clocks, clockCount] = layout.graphicsClocks;
  const hundredths = layout.isApu ? 100 : 1;
  const thousandths = layout.isApu ? 1000 : 1;
  const word = (offset: number | undefined, divisor = 1) => readWord(view, offset, divisor);
  return {
    celsius: layout.celsius.map((offset) => word(offset, hundredths)).find((value) => value !== undefined),
    memoryCelsius: word(layout.memoryCelsius),
    gpuPercent: word(layout.gpuPercent, hundredths),
    memoryControllerPercent: word(layout.memoryControllerPercent),
    watts: word(layout.watts, thousandths),
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

const highest = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};
