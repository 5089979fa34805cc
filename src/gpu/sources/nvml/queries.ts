import type { Nvml, NvmlFunction } from './library.js';
import type { OutBuffer } from './out-buffer.js';
import { NOT_SUPPORTED, SUCCESS } from './return-codes.js';
import { FIELD_OFFSET } from './sample-memory.js';

/** Whom a question is asked of. */
export interface QueryTarget {
  readonly handle: number | bigint;
  readonly fanCount: number;
}

/** A call that tells something of a device. */
export interface NvmlQuery {
  readonly fn: NvmlFunction;
  /** Returns NVML's code. */
  readonly ask: (nvml: Nvml, device: QueryTarget, out: OutBuffer) => number;
}

/** A question whose answer is numbers of the device's record. */
export interface Reading extends NvmlQuery {
  /** Whether glances need it. */
  readonly inGlance: boolean;
  /** Whether it changes so slowly, or is a mean of the driver over so long, that it is asked once a second at most. */
  readonly isSlow: boolean;
  /** Whether it can be asked of a MIG slice: for the rest, NVIDIA's documentation wants the GPU. */
  readonly ofSlice: boolean;
  /** What this stands in for, where that is not supported. */
  readonly fallbackFor?: Reading;
  readonly keep: (out: OutBuffer, record: Float64Array, at: number) => void;
}

const MEMORY_V2_BYTES = 40;
const MEMORY_V2 = MEMORY_V2_BYTES | (2 << 24);
const TEMPERATURE_V1_BYTES = 12;
const TEMPERATURE_V1 = TEMPERATURE_V1_BYTES | (1 << 24);
const GPU_SENSOR = 0;
const CLOCKS = { graphics: 0, sm: 1, memory: 2, video: 3 } as const;
const ECC_ERRORS = { corrected: 0, uncorrected: 1 } as const;
const SINCE_DRIVER_LOAD = 0;

type Options = Partial<Pick<Reading, 'inGlance' | 'isSlow' | 'ofSlice' | 'fallbackFor'>>;
const reading = (
  fn: NvmlFunction,
  ask: NvmlQuery['ask'],
  keep: Reading['keep'],
  { inGlance = false, isSlow = false, ofSlice = false, fallbackFor: insteadOf }: Options = {},
): Reading => ({ fn, ask, keep, inGlance, isSlow, ofSlice, fallbackFor: insteadOf });

/** Keeps one 32-bit integer. */
const u32 =
  (field: number): Reading['keep'] =>
  (out, record, at) => {
    record[at + field] = out.words[0] as number;
  };
const u64 =
  (field: number): Reading['keep'] =>
  (out, record, at) => {
    record[at + field] = out.u64OrNaN(0);
  };

const memory = reading(
  'memory',
  (nvml, { handle }, out) => {
    out.words[0] = MEMORY_V2;
    return nvml.memory(handle, out.address);
  },
  (out, record, at) => {
    record[at + FIELD_OFFSET.memoryTotal] = out.u64(2);
    record[at + FIELD_OFFSET.memoryReserved] = out.u64(4);
    record[at + FIELD_OFFSET.memoryFree] = out.u64(6);
    record[at + FIELD_OFFSET.memoryUsed] = out.u64(8);
  },
  { inGlance: true, ofSlice: true },
);

const memoryWithoutReserved = reading(
  'memoryWithoutReserved',
  (nvml, { handle }, out) => nvml.memoryWithoutReserved(handle, out.address),
  (out, record, at) => {
    record[at + FIELD_OFFSET.memoryTotal] = out.u64(0);
    record[at + FIELD_OFFSET.memoryFree] = out.u64(2);
    record[at + FIELD_OFFSET.memoryUsed] = out.u64(4);
  },
  { inGlance: true, ofSlice: true, fallbackFor: memory },
);

const temperature = reading(
  'temperature',
  (nvml, { handle }, out) => nvml.temperature(handle, GPU_SENSOR, out.address),
  u32(FIELD_OFFSET.celsius),
);

/** The header calls the other one deprecated. */
const versionedTemperature = reading(
  'versionedTemperature',
  (nvml, { handle }, out) => {
    out.words[0] = TEMPERATURE_V1;
    out.words[1] = GPU_SENSOR;
    return nvml.versionedTemperature(handle, out.address);
  },
  (out, record, at) => {
    record[at + FIELD_OFFSET.celsius] = out.words[2] as number;
  },
  { fallbackFor: temperature },
);

const fan = reading('fan', fastestFan, u32(FIELD_OFFSET.fan), { isSlow: true });

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
  reading('clock', (nvml, { handle }, out) => nvml.clock(handle, domain, out.address), u32(field));

const eccErrors = (type: number, field: number) =>
  reading(
    'eccErrors',
    (nvml, { handle }, out) => nvml.eccErrors(handle, type, SINCE_DRIVER_LOAD, out.address),
    u64(field),
    { isSlow: true },
  );

const coder = (fn: 'encoder' | 'decoder', field: number) =>
  reading(fn, (nvml, { handle }, out) => nvml[fn](handle, out.address, out.address + 4), u32(field), {
    isSlow: true,
  });

/** Everything that a sample reads of a device but for its processes and PCIe. A stand-in comes next to what it stands in for. */
export const READINGS: readonly Reading[] = [
  memory,
  memoryWithoutReserved,
  reading(
    'utilization',
    (nvml, { handle }, out) => nvml.utilization(handle, out.address),
    (out, record, at) => {
      record[at + FIELD_OFFSET.gpu] = out.words[0] as number;
      record[at + FIELD_OFFSET.memoryController] = out.words[1] as number;
    },
    { inGlance: true },
  ),
  reading('power', (nvml, { handle }, out) => nvml.power(handle, out.address), u32(FIELD_OFFSET.milliwatts), {
    inGlance: true,
  }),
  reading(
    'energy',
    (nvml, { handle }, out) => nvml.energy(handle, out.address),
    u64(FIELD_OFFSET.millijoules),
    {
      inGlance: true,
    },
  ),
  coder('encoder', FIELD_OFFSET.encoder),
  coder('decoder', FIELD_OFFSET.decoder),
  temperature,
  versionedTemperature,
  reading(
    'powerLimit',
    (nvml, { handle }, out) => nvml.powerLimit(handle, out.address),
    u32(FIELD_OFFSET.limitMilliwatts),
    { isSlow: true },
  ),
  clock(CLOCKS.graphics, FIELD_OFFSET.graphicsClock),
  clock(CLOCKS.sm, FIELD_OFFSET.smClock),
  clock(CLOCKS.memory, FIELD_OFFSET.memoryClock),
  clock(CLOCKS.video, FIELD_OFFSET.videoClock),
  reading(
    'clockReasons',
    (nvml, { handle }, out) => nvml.clockReasons(handle, out.address),
    u64(FIELD_OFFSET.clockReasons),
  ),
  fan,
  reading('onlyFan', (nvml, { handle }, out) => nvml.onlyFan(handle, out.address), u32(FIELD_OFFSET.fan), {
    isSlow: true,
    fallbackFor: fan,
  }),
  eccErrors(ECC_ERRORS.corrected, FIELD_OFFSET.eccCorrected),
  eccErrors(ECC_ERRORS.uncorrected, FIELD_OFFSET.eccUncorrected),
];
