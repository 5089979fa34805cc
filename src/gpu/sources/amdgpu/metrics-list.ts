/** Energy is counted in 2^-16 J (15.259 µJ). */
export const ENERGY_UNITS_PER_JOULE = 65_536;

const LIST_AT = 8;
const ENCODING_BYTES = 8;
/** The kernel has about fifty. */
const MAX_ATTRIBUTES = 1024;
/** Sizes of the types, bytes: signed and unsigned of 8, 16, 32 and 64 bits. */
const TYPE_BYTES: readonly number[] = [1, 1, 2, 2, 4, 4, 8, 8];

/** Numbers of the values that are read, of `enum amdgpu_metrics_attr_id`. */
const ID = {
  hotspotCelsius: 0,
  memoryCelsius: 1,
  watts: 3,
  gpuPercent: 4,
  memoryControllerPercent: 5,
  energy: 7,
  graphicsClocks: 33,
  memoryClock: 37,
};
const READ: ReadonlySet<number> = new Set(Object.values(ID));

/**
 * Parses version 1.9 of `gpu_metrics`: a list of values, each after a word with its unit, type, number and count. Returns `undefined` for a
 * malformed list.
 *
 * Source: `AMDGPU_METRICS_ENC_ATTR` and `DECLARE_SMU_METRICS_CLASS` of the kernel, which packs the list.
 */
export function parseMetricsList(view: DataView, size: number) {
  if (size < LIST_AT) return undefined;
  const count = view.getUint32(4, true);
  if (count > MAX_ATTRIBUTES) return undefined;
  const values = new Map<number, readonly (number | undefined)[]>();
  let at = LIST_AT;
  for (let i = 0; i < count; i++) {
    if (at + ENCODING_BYTES > size) return undefined;
    const encoding = view.getUint32(at, true);
    const type = (encoding >>> 20) & 0xf;
    const instances = encoding & 0x3ff;
    const bytes = TYPE_BYTES[type];
    const from = at + ENCODING_BYTES;
    if (bytes === undefined || from + bytes * instances > size) return undefined;
    at = from + bytes * instances;
    const id = (encoding >>> 10) & 0x3ff;
    if (READ.has(id))
      values.set(
        id,
        Array.from({ length: instances }, (_, j) => readValue(view, from + bytes * j, bytes)),
      );
  }
  const first = (id: number): number | undefined => values.get(id)?.[0];
  const energy = first(ID.energy);
  return {
    celsius: first(ID.hotspotCelsius),
    memoryCelsius: first(ID.memoryCelsius),
    gpuPercent: first(ID.gpuPercent),
    memoryControllerPercent: first(ID.memoryControllerPercent),
    watts: first(ID.watts),
    energyJoules: energy === undefined ? undefined : energy / ENERGY_UNITS_PER_JOULE,
    graphicsClockMhz: highest(values.get(ID.graphicsClocks) ?? []),
    memoryClockMhz: first(ID.memoryClock),
    partitionPercents: [],
  };
}

/** Reads a value that is not negative. One of which all bits are set is one that the card does not have. */
function readValue(view: DataView, at: number, bytes: number): number | undefined {
  let value = 0;
  let isAbsent = true;
  for (let i = bytes - 1; i >= 0; i--) {
    const byte = view.getUint8(at + i);
    isAbsent &&= byte === 0xff;
    value = value * 256 + byte;
  }
  return isAbsent ? undefined : value;
}

/** Returns the largest of the values that are known. */
export const highest = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};
