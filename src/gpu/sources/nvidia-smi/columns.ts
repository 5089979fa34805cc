import type { GpuReading } from '../../readings.js';

/** Keys of the readings that are numbers. */
type NumberKey = {
  [K in keyof GpuReading]-?: GpuReading[K] extends number | undefined ? K : never;
}[Exclude<keyof GpuReading, 'index'>];

const LINK_GENERATION_COLUMN = 'pcie.link.gen.gpucurrent';
const OLDER_LINK_GENERATION_COLUMN = 'pcie.link.gen.current';

/** Columns with numbers, and their readings. */
export const NUMBER_COLUMNS: ReadonlyMap<string, NumberKey> = new Map([
  ['memory.total', 'memoryTotalMib'],
  ['memory.used', 'memoryUsedMib'],
  ['memory.free', 'memoryFreeMib'],
  ['memory.reserved', 'memoryReservedMib'],
  ['utilization.gpu', 'gpuPercent'],
  ['utilization.memory', 'memoryControllerPercent'],
  ['utilization.encoder', 'encoderPercent'],
  ['utilization.decoder', 'decoderPercent'],
  ['temperature.gpu', 'celsius'],
  ['temperature.memory', 'memoryCelsius'],
  ['power.draw', 'watts'],
  ['enforced.power.limit', 'limitWatts'],
  ['clocks.current.graphics', 'graphicsClockMhz'],
  ['clocks.current.sm', 'smClockMhz'],
  ['clocks.current.memory', 'memoryClockMhz'],
  ['clocks.current.video', 'videoClockMhz'],
  ['fan.speed', 'fanPercent'],
  [LINK_GENERATION_COLUMN, 'pcieLinkGeneration'],
  [OLDER_LINK_GENERATION_COLUMN, 'pcieLinkGeneration'],
  ['pcie.link.gen.max', 'pcieMaxLinkGeneration'],
  ['pcie.link.width.current', 'pcieLinkWidth'],
  ['pcie.link.width.max', 'pcieMaxLinkWidth'],
  ['ecc.errors.corrected.volatile.total', 'eccCorrectedErrors'],
  ['ecc.errors.uncorrected.volatile.total', 'eccUncorrectedErrors'],
  ['ecc.errors.corrected.aggregate.total', 'eccCorrectedLifetimeErrors'],
  ['ecc.errors.uncorrected.aggregate.total', 'eccUncorrectedLifetimeErrors'],
  ['retired_pages.single_bit_ecc.count', 'retiredSingleBitPages'],
  ['retired_pages.double_bit.count', 'retiredDoubleBitPages'],
  ['remapped_rows.correctable', 'remappedCorrectedRows'],
  ['remapped_rows.uncorrectable', 'remappedUncorrectedRows'],
]);

/** Begins the names of {@link MICROSECOND_COLUMNS}, which older drivers do not have. */
export const TIME_PREFIX = 'clocks_event_reasons_counters.';

/** Columns with times in µs, and their readings, s. */
export const MICROSECOND_COLUMNS: ReadonlyMap<string, NumberKey> = new Map([
  [`${TIME_PREFIX}sw_power_cap`, 'powerThrottledSeconds'],
  [`${TIME_PREFIX}sync_boost`, 'syncBoostThrottledSeconds'],
  [`${TIME_PREFIX}sw_thermal_slowdown`, 'swThermalThrottledSeconds'],
  [`${TIME_PREFIX}hw_thermal_slowdown`, 'hwThermalThrottledSeconds'],
  [`${TIME_PREFIX}hw_power_brake_slowdown`, 'powerBrakeThrottledSeconds'],
]);

/** Columns with `Yes` or `No`, and their readings, 1 or 0. */
export const FLAG_COLUMNS: ReadonlyMap<string, NumberKey> = new Map([
  ['retired_pages.pending', 'retiredPagesPending'],
  ['remapped_rows.pending', 'remappedRowsPending'],
  ['remapped_rows.failure', 'remappedRowsFailed'],
]);

type TextKey =
  | 'uuid'
  | 'name'
  | 'driverVersion'
  | 'firmwareVersion'
  | 'serialNumber'
  | 'computeCapability'
  | 'cudaVersion';

/** Columns with text, and their readings. */
export const TEXT_COLUMNS: ReadonlyMap<string, TextKey> = new Map([
  ['uuid', 'uuid'],
  ['name', 'name'],
  ['driver_version', 'driverVersion'],
  ['vbios_version', 'firmwareVersion'],
  ['serial', 'serialNumber'],
]);

/** Columns with text that are queried on request only, since some drivers reject them. */
export const OPTIONAL_TEXT_COLUMNS: ReadonlyMap<string, TextKey> = new Map([
  ['compute_cap', 'computeCapability'],
  ['cuda_version', 'cudaVersion'],
]);

export const RECOVERY_COLUMN = 'gpu_recovery_action';
export const PCI_ADDRESS_COLUMN = 'pci.bus_id';
export const EVENT_REASONS_COLUMN = 'clocks_event_reasons.active';
export const THROTTLE_REASONS_COLUMN = 'clocks_throttle_reasons.active';

/** The number of GPUs, the same in every row. */
export const COUNT_COLUMN = 'count';

/** The columns of the query. `index` and `count` come before the device name, which may contain commas. */
export const QUERY_COLUMNS: readonly string[] = [
  'index',
  COUNT_COLUMN,
  PCI_ADDRESS_COLUMN,
  ...TEXT_COLUMNS.keys(),
  ...[...NUMBER_COLUMNS.keys()].filter((column) => column !== OLDER_LINK_GENERATION_COLUMN),
  ...FLAG_COLUMNS.keys(),
  ...MICROSECOND_COLUMNS.keys(),
  RECOVERY_COLUMN,
  EVENT_REASONS_COLUMN,
];

/** Column names of older drivers, by their current name. */
export const OLDER_COLUMN_NAMES: ReadonlyMap<string, string> = new Map([
  [EVENT_REASONS_COLUMN, THROTTLE_REASONS_COLUMN],
  [LINK_GENERATION_COLUMN, OLDER_LINK_GENERATION_COLUMN],
]);
