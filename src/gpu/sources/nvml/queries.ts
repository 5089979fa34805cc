import { MEBIBYTE } from '../../../common/units.js';
import { GPU_READINGS } from '../../readings.js';
import type { DeviceUtilization } from './device-utilization.js';
import { FIELD_SOURCES, type FieldValues } from './fields.js';
import type { GpmValues } from './gpm-values.js';
import type { Nvml, NvmlFunction } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { NOT_SUPPORTED, returnCode, SUCCESS } from './return-codes.js';
import { FIELD_OFFSET, type RecordField } from './sample-memory.js';

/** The device that a query is run on. */
export interface QueryTarget {
  readonly handle: number | bigint;
  /** Handle of the GPU; for a MIG device, of the GPU that it is part of. */
  readonly gpuHandle: number | bigint;
  readonly isMigDevice: boolean;
  /** True if this is a GPU in MIG mode. */
  readonly isMigEnabled: boolean;
  readonly fanCount: number;
  readonly fields: FieldValues;
  readonly gpm: GpmValues;
  readonly utilization: DeviceUtilization;
  /** Logs that a query has failed. */
  logFault(fn: NvmlFunction, description: string, code: number): void;
}

/** A call, or a few, that reads one thing about a device. */
export interface NvmlQuery {
  readonly fn: NvmlFunction;
  /** Returns NVML's return code. */
  readonly run: (nvml: Nvml, target: QueryTarget, out: OutBuffer) => number;
}

/** A query whose result is stored as numbers in the device's record. */
export interface RecordQuery extends NvmlQuery {
  /** The fields that it stores. */
  readonly fields: readonly RecordField[];
  /** True if fast samples include it. */
  readonly isFast: boolean;
  /**
   * True if it is run at most once a second: the value changes slowly, or is the driver's own mean over a longer time.
   */
  readonly isCached: boolean;
  /** True if it can be run on a MIG device. NVIDIA documents the other queries for whole GPUs only. */
  readonly worksOnMig: boolean;
  /** The query that this one replaces if a device does not support it. */
  readonly fallbackFor?: RecordQuery;
  readonly store: (out: OutBuffer, record: Float64Array, offset: number, target: QueryTarget) => void;
}

const MEMORY_V2_BYTES = 40;
const MEMORY_V2 = MEMORY_V2_BYTES | (2 << 24);
const TEMPERATURE_V1_BYTES = 12;
const TEMPERATURE_V1 = TEMPERATURE_V1_BYTES | (1 << 24);
const GPU_SENSOR = 0;
const CLOCKS = { graphics: 0, sm: 1, memory: 2, video: 3 } as const;
const ECC_ERRORS = { corrected: 0, uncorrected: 1 } as const;
const ECC_PERIOD = { sinceDriverLoad: 0, lifetime: 1 } as const;

/** Reads a number from the output of a call. */
type ReadOut = (out: OutBuffer) => number;
const u32 =
  (word: number, scale = 1): ReadOut =>
  (out) =>
    (out.words[word] as number) * scale;
const u64 =
  (word: number, scale = 1): ReadOut =>
  (out) =>
    out.u64OrNaN(word) * scale;
const mebibytes =
  (word: number): ReadOut =>
  (out) =>
    Math.round(out.u64(word) / MEBIBYTE);

const MILLI = 1e-3;

const FAST: ReadonlySet<string> = new Set(
  Object.entries(GPU_READINGS).flatMap(([key, row]) => ('fast' in row ? key : [])),
);

type QueryOptions = Partial<Pick<RecordQuery, 'isCached' | 'worksOnMig' | 'fallbackFor'>>;

/** @param fields the fields that the query reads, in the units of the readings */
function query(
  fn: NvmlFunction,
  run: NvmlQuery['run'],
  fields: Readonly<Partial<Record<RecordField, ReadOut>>>,
  { isCached = false, worksOnMig = false, fallbackFor }: QueryOptions = {},
): RecordQuery {
  const entries = Object.entries(fields) as [RecordField, ReadOut][];
  const offsets = entries.map(([field]) => FIELD_OFFSET[field]);
  const reads = entries.map(([, read]) => read);
  return {
    fn,
    run,
    fields: entries.map(([field]) => field),
    isFast: entries.some(([field]) => FAST.has(field)),
    isCached,
    worksOnMig,
    fallbackFor,
    store: (out, record, offset) => {
      for (let i = 0; i < reads.length; i++) {
        record[offset + (offsets[i] as number)] = (reads[i] as ReadOut)(out);
      }
    },
  };
}

const memory = query(
  'memory',
  (nvml, { handle }, out) => {
    out.words[0] = MEMORY_V2;
    return nvml.memory(handle, out.address);
  },
  {
    memoryTotalMib: mebibytes(2),
    memoryReservedMib: mebibytes(4),
    memoryFreeMib: mebibytes(6),
    memoryUsedMib: mebibytes(8),
  },
  { worksOnMig: true },
);

const memoryWithoutReserved = query(
  'memoryWithoutReserved',
  (nvml, { handle }, out) => nvml.memoryWithoutReserved(handle, out.address),
  { memoryTotalMib: mebibytes(0), memoryFreeMib: mebibytes(2), memoryUsedMib: mebibytes(4) },
  { worksOnMig: true, fallbackFor: memory },
);

const temperature = query(
  'temperature',
  (nvml, { handle }, out) => nvml.temperature(handle, GPU_SENSOR, out.address),
  { celsius: u32(0) },
);

/** Successor of `nvmlDeviceGetTemperature`, which nvml.h marks as deprecated. */
const versionedTemperature = query(
  'versionedTemperature',
  (nvml, { handle }, out) => {
    out.words[0] = TEMPERATURE_V1;
    out.words[1] = GPU_SENSOR;
    return nvml.versionedTemperature(handle, out.address);
  },
  { celsius: u32(2) },
  { fallbackFor: temperature },
);

const fan = query('fan', fastestFan, { fanPercent: u32(0) }, { isCached: true });

/** A fan that cannot be read does not hide the others. */
function fastestFan(nvml: Nvml, { handle, fanCount }: QueryTarget, out: OutBuffer): number {
  let fastest: number | undefined;
  let failure = NOT_SUPPORTED;
  for (let i = 0; i < fanCount; i++) {
    const code = nvml.fan(handle, i, out.address);
    if (code === SUCCESS) fastest = Math.max(fastest ?? 0, out.words[0] as number);
    else failure = code;
  }
  if (fastest === undefined) return failure;
  out.words[0] = fastest;
  return SUCCESS;
}

const clock = (domain: number, field: RecordField) =>
  query('clock', (nvml, { handle }, out) => nvml.clock(handle, domain, out.address), { [field]: u32(0) });

const eccErrors = (type: number, period: number, field: RecordField) =>
  query(
    'eccErrors',
    (nvml, { handle }, out) => nvml.eccErrors(handle, type, period, out.address),
    { [field]: u64(0) },
    { isCached: true },
  );

const codec = (fn: 'encoder' | 'decoder', field: RecordField) =>
  query(
    fn,
    (nvml, { handle }, out) => nvml[fn](handle, out.address, out.address + 4),
    { [field]: u32(0) },
    { isCached: true },
  );

/** One number that changes slowly. */
const slow = (
  fn: 'pcieReplays' | 'pcieLinkGeneration' | 'pcieMaxLinkGeneration' | 'pcieLinkWidth' | 'pcieMaxLinkWidth',
) =>
  query(fn, (nvml, { handle }, out) => nvml[fn](handle, out.address), { [fn]: u32(0) }, { isCached: true });

const fieldValues: RecordQuery = {
  fn: 'fieldValues',
  fields: Object.keys(FIELD_SOURCES) as RecordField[],
  isFast: false,
  isCached: true,
  worksOnMig: false,
  run: (nvml, target, out) =>
    target.fields.read(nvml, target.handle, out, (fieldId, code) => {
      const { outcome, description } = returnCode(code);
      // As of other queries: a container that was given a MIG device may lack the permission.
      if (outcome === 'permission_denied' && target.isMigEnabled) return;
      target.logFault('fieldValues', `field ${fieldId}: ${description}`, code);
    }),
  store: (_out, record, offset, { fields }) => fields.store(record, offset),
};

/** All queries of a sample, except processes, PCIe throughput and activity. A fallback directly follows the query it replaces. */
export const QUERIES: readonly RecordQuery[] = [
  memory,
  memoryWithoutReserved,
  query('utilization', (nvml, { handle }, out) => nvml.utilization(handle, out.address), {
    gpuPercent: u32(0),
    memoryControllerPercent: u32(1),
  }),
  query('power', (nvml, { handle }, out) => nvml.power(handle, out.address), { watts: u32(0, MILLI) }),
  query('energy', (nvml, { handle }, out) => nvml.energy(handle, out.address), {
    energyJoules: u64(0, MILLI),
  }),
  codec('encoder', 'encoderPercent'),
  codec('decoder', 'decoderPercent'),
  temperature,
  versionedTemperature,
  query(
    'powerLimit',
    (nvml, { handle }, out) => nvml.powerLimit(handle, out.address),
    { limitWatts: u32(0, MILLI) },
    { isCached: true },
  ),
  clock(CLOCKS.graphics, 'graphicsClockMhz'),
  clock(CLOCKS.sm, 'smClockMhz'),
  clock(CLOCKS.memory, 'memoryClockMhz'),
  clock(CLOCKS.video, 'videoClockMhz'),
  query('clockReasons', (nvml, { handle }, out) => nvml.clockReasons(handle, out.address), {
    clockReasons: u64(0),
  }),
  fan,
  query(
    'singleFan',
    (nvml, { handle }, out) => nvml.singleFan(handle, out.address),
    { fanPercent: u32(0) },
    { isCached: true, fallbackFor: fan },
  ),
  eccErrors(ECC_ERRORS.corrected, ECC_PERIOD.sinceDriverLoad, 'eccCorrectedErrors'),
  eccErrors(ECC_ERRORS.uncorrected, ECC_PERIOD.sinceDriverLoad, 'eccUncorrectedErrors'),
  eccErrors(ECC_ERRORS.corrected, ECC_PERIOD.lifetime, 'eccCorrectedLifetimeErrors'),
  eccErrors(ECC_ERRORS.uncorrected, ECC_PERIOD.lifetime, 'eccUncorrectedLifetimeErrors'),
  fieldValues,
  slow('pcieReplays'),
  slow('pcieLinkGeneration'),
  slow('pcieMaxLinkGeneration'),
  slow('pcieLinkWidth'),
  slow('pcieMaxLinkWidth'),
];
