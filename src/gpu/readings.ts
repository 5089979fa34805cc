import type { Measurements } from '../catalog/event-map.js';
import type { gpuSampleEvents } from '../catalog/events/gpu-samples.js';
import type { ThrottleReason } from '../catalog/throttle-reasons.js';
import type { GpuIdentity } from './identity.js';
import type { ProcessContainer } from './pods/holder.js';

type GpuSampleEventName = keyof typeof gpuSampleEvents;

/** How a reading that is one number is published. */
type ReadingRow = {
  [N in GpuSampleEventName]: {
    readonly event: N;
    readonly measurement: keyof Measurements<N>;
    /** UCUM unit of the reading, which is the measurement's. */
    readonly unit: string;
    /** Name for people. */
    readonly label: string;
    /** Smallest and largest possible value. Any other value is a failed reading. */
    readonly range: readonly [number, number];
    /** True if 0 means that the driver has no value. */
    readonly isZeroAbsent?: true;
    /** True if `sampleFast()` reads it too. */
    readonly fast?: true;
  };
}[GpuSampleEventName];

// Drivers return garbage such as 4294967295 for a value that they do not have. The limits leave room for the hardware of years to come.
const PERCENT = [0, 100] as const;
/** The percentage refers to a noise limit, which the driver may exceed. */
const FAN_PERCENT = [0, 200] as const;
/** Up to 16 TiB. */
const MEMORY = [0, 16 * 2 ** 20] as const;
const CELSIUS = [-40, 150] as const;
const WATTS = [0, 10_000] as const;
/** Up to 10 kW for ten years. */
const JOULES = [0, 3.2e12] as const;
const MEGAHERTZ = [0, 30_000] as const;
const BYTES_PER_SECOND = [0, 1e12] as const;
/** Excludes 4294967295. */
const COUNT = [0, 4e9] as const;

/** Largest power that a device can draw, W. */
export const MAX_WATTS = WATTS[1];

/**
 * The readings that are one number: the only list of them. Types, events, the words of `snakepit-otel doctor` and the table
 * in `docs/gpu-sources.md` derive from it. An event is published when one of its measurements was read.
 */
export const GPU_READINGS = {
  /** Memory in use, MiB. Excludes memory that the driver reserves, if the driver reports that separately. */
  memoryUsedMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'used_mb',
    unit: 'MiBy',
    label: 'memory used',
    range: MEMORY,
    fast: true,
  },
  /** Memory installed, MiB. */
  memoryTotalMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'total_mb',
    unit: 'MiBy',
    label: 'memory total',
    range: MEMORY,
    isZeroAbsent: true,
    fast: true,
  },
  /** Memory free, MiB. */
  memoryFreeMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'free_mb',
    unit: 'MiBy',
    label: 'memory free',
    range: MEMORY,
    fast: true,
  },
  /** Memory that the driver reserves for itself, MiB. Not part of the memory in use. */
  memoryReservedMib: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'reserved_mb',
    unit: 'MiBy',
    label: 'memory reserved',
    range: MEMORY,
    fast: true,
  },
  /** 1 if the memory is the machine's, which the processor uses as well: of an integrated GPU. */
  unifiedMemory: {
    event: 'snakepit.gpu.memory.sampled',
    measurement: 'unified',
    unit: '1',
    label: 'unified memory',
    range: [1, 1],
  },
  /** Share of the driver's last sampling period in which the GPU was busy, 0–100 %. */
  gpuPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'gpu_percent',
    unit: '%',
    label: 'utilization',
    range: PERCENT,
    fast: true,
  },
  /** Share of the driver's last sampling period in which memory was read or written, 0–100 %. */
  memoryControllerPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'memory_controller_percent',
    unit: '%',
    label: 'memory controller',
    range: PERCENT,
    fast: true,
  },
  /** Share of the driver's last sampling period in which the video encoder was busy, 0–100 %. */
  encoderPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'encoder_percent',
    unit: '%',
    label: 'video encoder',
    range: PERCENT,
  },
  /** Share of the driver's last sampling period in which the video decoder was busy, 0–100 %. */
  decoderPercent: {
    event: 'snakepit.gpu.utilization.sampled',
    measurement: 'decoder_percent',
    unit: '%',
    label: 'video decoder',
    range: PERCENT,
  },
  /** Temperature, ℃. */
  celsius: {
    event: 'snakepit.gpu.temperature.sampled',
    measurement: 'celsius',
    unit: 'Cel',
    label: 'temperature',
    range: CELSIUS,
    isZeroAbsent: true,
  },
  /** Power draw, W. */
  watts: {
    event: 'snakepit.gpu.power.sampled',
    measurement: 'watts',
    unit: 'W',
    label: 'power',
    range: WATTS,
    isZeroAbsent: true,
    fast: true,
  },
  /** Power limit that the driver enforces, W. */
  limitWatts: {
    event: 'snakepit.gpu.power.sampled',
    measurement: 'limit_watts',
    unit: 'W',
    label: 'power limit',
    range: WATTS,
    isZeroAbsent: true,
  },
  /** Energy used since the driver was loaded, J. */
  energyJoules: {
    event: 'snakepit.gpu.energy.sampled',
    measurement: 'joules',
    unit: 'J',
    label: 'energy',
    range: JOULES,
    isZeroAbsent: true,
    fast: true,
  },
  /** Clock of the graphics engine, MHz. */
  graphicsClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'graphics_mhz',
    unit: 'MHz',
    label: 'graphics clock',
    range: MEGAHERTZ,
  },
  /** Clock of the streaming multiprocessors, MHz. */
  smClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'sm_mhz',
    unit: 'MHz',
    label: 'SM clock',
    range: MEGAHERTZ,
  },
  /** Clock of the memory, MHz. */
  memoryClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'memory_mhz',
    unit: 'MHz',
    label: 'memory clock',
    range: MEGAHERTZ,
  },
  /** Clock of the video engines, MHz. */
  videoClockMhz: {
    event: 'snakepit.gpu.clocks.sampled',
    measurement: 'video_mhz',
    unit: 'MHz',
    label: 'video clock',
    range: MEGAHERTZ,
  },
  /** Intended fan speed, % of the maximum. With several fans: the fastest. */
  fanPercent: {
    event: 'snakepit.gpu.fan.sampled',
    measurement: 'percent',
    unit: '%',
    label: 'fan',
    range: FAN_PERCENT,
  },
  /** Data that the GPU sends over PCIe, bytes per second. */
  pcieTransmitBytesPerSecond: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'transmit_bytes_per_second',
    unit: 'By/s',
    label: 'PCIe sent',
    range: BYTES_PER_SECOND,
  },
  /** Data that the GPU receives over PCIe, bytes per second. */
  pcieReceiveBytesPerSecond: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'receive_bytes_per_second',
    unit: 'By/s',
    label: 'PCIe received',
    range: BYTES_PER_SECOND,
  },
  /** Corrected memory errors since the driver was loaded. */
  eccCorrectedErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'corrected',
    unit: '{error}',
    label: 'ECC corrected',
    range: COUNT,
  },
  /** Uncorrected memory errors since the driver was loaded. */
  eccUncorrectedErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'uncorrected',
    unit: '{error}',
    label: 'ECC uncorrected',
    range: COUNT,
  },
} as const satisfies Readonly<Record<string, ReadingRow>>;

/** The readings that are lists; each is published by its own code. */
export const GPU_LIST_READINGS = {
  throttleReasons: { label: 'throttle reasons' },
  xids: { label: 'Xid errors' },
  processes: { label: 'processes' },
} as const;

/** Name for people of each reading, by key. */
export const GPU_READING_LABELS: ReadonlyMap<Exclude<keyof GpuReading, keyof GpuIdentity>, string> = new Map(
  Object.entries({ ...GPU_READINGS, ...GPU_LIST_READINGS }).map(([key, { label }]) => [
    key as keyof typeof GPU_READINGS | keyof typeof GPU_LIST_READINGS,
    label,
  ]),
);

/** Maximum number of processes per device in a reading. */
export const MAX_PROCESSES = 32;

/** A process that holds memory of a GPU. */
export interface GpuProcess extends ProcessContainer {
  /** Process ID from the driver. In a container, the driver decides whether it is the host's or the container's. */
  readonly pid: number;
  /** Name of the executable, without its folder. */
  readonly name?: string;
  /** GPU memory that the process holds, MiB. */
  readonly usedMib?: number;
}

/** The readings that are one number. */
export type GpuNumericReadings = { readonly [K in keyof typeof GPU_READINGS]?: number };

/** Keys of the readings that are one number, in the order of the table. */
export const NUMERIC_READINGS = Object.keys(GPU_READINGS) as readonly (keyof GpuNumericReadings)[];

/** The state of one GPU at one moment. A reading that the driver does not report is `undefined`, never 0. */
export interface GpuReading extends GpuIdentity, GpuNumericReadings {
  /** Reasons that hold clocks down now; empty if nothing does. */
  readonly throttleReasons?: readonly ThrottleReason[];
  /** Xid codes of the critical errors that the driver reported since the last sample, oldest first. */
  readonly xids?: readonly number[];
  /** Processes that hold memory, largest first; at most 32. */
  readonly processes?: readonly GpuProcess[];
}
