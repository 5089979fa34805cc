import type { Nvml, NvmlFunction } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { NOT_SUPPORTED, SUCCESS } from './return-codes.js';
import { FIELD_OFFSET } from './sample-memory.js';

/** The device that a query is run on. */
export interface QueryTarget {
  readonly handle: number | bigint;
  readonly fanCount: number;
}

/** A call, or a few, that reads one thing about a device. */
export interface NvmlQuery {
  readonly fn: NvmlFunction;
  /** Returns NVML's return code. */
  readonly run: (nvml: Nvml, target: QueryTarget, out: OutBuffer) => number;
}

/** A query whose result is stored as numbers in the device's record. */
export interface RecordQuery extends NvmlQuery {
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
  readonly store: (out: OutBuffer, record: Float64Array, offset: number) => void;
}

const MEMORY_V2_BYTES = 40;
const MEMORY_V2 = MEMORY_V2_BYTES | (2 << 24);
const TEMPERATURE_V1_BYTES = 12;
const TEMPERATURE_V1 = TEMPERATURE_V1_BYTES | (1 << 24);
const GPU_SENSOR = 0;
const CLOCKS = { graphics: 0, sm: 1, memory: 2, video: 3 } as const;
const ECC_ERRORS = { corrected: 0, uncorrected: 1 } as const;
const SINCE_DRIVER_LOAD = 0;

type QueryOptions = Partial<Pick<RecordQuery, 'isFast' | 'isCached' | 'worksOnMig' | 'fallbackFor'>>;
const query = (
  fn: NvmlFunction,
  run: NvmlQuery['run'],
  store: RecordQuery['store'],
  { isFast = false, isCached = false, worksOnMig = false, fallbackFor }: QueryOptions = {},
): RecordQuery => ({ fn, run, store, isFast, isCached, worksOnMig, fallbackFor });

const storeU32 =
  (field: number): RecordQuery['store'] =>
  (out, record, offset) => {
    record[offset + field] = out.words[0] as number;
  };
const storeU64 =
  (field: number): RecordQuery['store'] =>
  (out, record, offset) => {
    record[offset + field] = out.u64OrNaN(0);
  };

const memory = query(
  'memory',
  (nvml, { handle }, out) => {
    out.words[0] = MEMORY_V2;
    return nvml.memory(handle, out.address);
  },
  (out, record, offset) => {
    record[offset + FIELD_OFFSET.memoryTotal] = out.u64(2);
    record[offset + FIELD_OFFSET.memoryReserved] = out.u64(4);
    record[offset + FIELD_OFFSET.memoryFree] = out.u64(6);
    record[offset + FIELD_OFFSET.memoryUsed] = out.u64(8);
  },
  { isFast: true, worksOnMig: true },
);

const memoryWithoutReserved = query(
  'memoryWithoutReserved',
  (nvml, { handle }, out) => nvml.memoryWithoutReserved(handle, out.address),
  (out, record, offset) => {
    record[offset + FIELD_OFFSET.memoryTotal] = out.u64(0);
    record[offset + FIELD_OFFSET.memoryFree] = out.u64(2);
    record[offset + FIELD_OFFSET.memoryUsed] = out.u64(4);
  },
  { isFast: true, worksOnMig: true, fallbackFor: memory },
);

const temperature = query(
  'temperature',
  (nvml, { handle }, out) => nvml.temperature(handle, GPU_SENSOR, out.address),
  storeU32(FIELD_OFFSET.celsius),
);

/** Successor of `nvmlDeviceGetTemperature`, which nvml.h marks as deprecated. */
const versionedTemperature = query(
  'versionedTemperature',
  (nvml, { handle }, out) => {
    out.words[0] = TEMPERATURE_V1;
    out.words[1] = GPU_SENSOR;
    return nvml.versionedTemperature(handle, out.address);
  },
  (out, record, offset) => {
    record[offset + FIELD_OFFSET.celsius] = out.words[2] as number;
  },
  { fallbackFor: temperature },
);

const fan = query('fan', fastestFan, storeU32(FIELD_OFFSET.fan), { isCached: true });

function fastestFan(nvml: Nvml, { handle, fanCount }: QueryTarget, out: OutBuffer): number {
  let fastest = 0;
  for (let i = 0; i < fanCount; i++) {
    const code = nvml.fan(handle, i, out.address);
    if (code !== SUCCESS) return code;
    fastest = Math.max(fastest, out.words[0] as number);
  }
  out.words[0] = fastest;
  return fanCount === 0 ? NOT_SUPPORTED : SUCCESS;
}

const clock = (domain: number, field: number) =>
  query('clock', (nvml, { handle }, out) => nvml.clock(handle, domain, out.address), storeU32(field));

const eccErrors = (type: number, field: number) =>
  query(
    'eccErrors',
    (nvml, { handle }, out) => nvml.eccErrors(handle, type, SINCE_DRIVER_LOAD, out.address),
    storeU64(field),
    { isCached: true },
  );

const codec = (fn: 'encoder' | 'decoder', field: number) =>
  query(fn, (nvml, { handle }, out) => nvml[fn](handle, out.address, out.address + 4), storeU32(field), {
    isCached: true,
  });

/** All queries of a sample, except processes and PCIe throughput. A fallback directly follows the query it replaces. */
export const QUERIES: readonly RecordQuery[] = [
  memory,
  memoryWithoutReserved,
  query(
    'utilization',
    (nvml, { handle }, out) => nvml.utilization(handle, out.address),
    (out, record, offset) => {
      record[offset + FIELD_OFFSET.gpu] = out.words[0] as number;
      record[offset + FIELD_OFFSET.memoryController] = out.words[1] as number;
    },
    { isFast: true },
  ),
  query(
    'power',
    (nvml, { handle }, out) => nvml.power(handle, out.address),
    storeU32(FIELD_OFFSET.milliwatts),
    { isFast: true },
  ),
  query(
    'energy',
    (nvml, { handle }, out) => nvml.energy(handle, out.address),
    storeU64(FIELD_OFFSET.millijoules),
    { isFast: true },
  ),
  codec('encoder', FIELD_OFFSET.encoder),
  codec('decoder', FIELD_OFFSET.decoder),
  temperature,
  versionedTemperature,
  query(
    'powerLimit',
    (nvml, { handle }, out) => nvml.powerLimit(handle, out.address),
    storeU32(FIELD_OFFSET.limitMilliwatts),
    { isCached: true },
  ),
  clock(CLOCKS.graphics, FIELD_OFFSET.graphicsClock),
  clock(CLOCKS.sm, FIELD_OFFSET.smClock),
  clock(CLOCKS.memory, FIELD_OFFSET.memoryClock),
  clock(CLOCKS.video, FIELD_OFFSET.videoClock),
  query(
    'clockReasons',
    (nvml, { handle }, out) => nvml.clockReasons(handle, out.address),
    storeU64(FIELD_OFFSET.clockReasons),
  ),
  fan,
  query(
    'singleFan',
    (nvml, { handle }, out) => nvml.singleFan(handle, out.address),
    storeU32(FIELD_OFFSET.fan),
    { isCached: true, fallbackFor: fan },
  ),
  eccErrors(ECC_ERRORS.corrected, FIELD_OFFSET.eccCorrected),
  eccErrors(ECC_ERRORS.uncorrected, FIELD_OFFSET.eccUncorrected),
];
