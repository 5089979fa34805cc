import type { Measurements } from '../catalog/event-map.js';
import type { gpuSampleEvents } from '../catalog/events/gpu-samples.js';
import type { GpuStatus } from '../catalog/gpu-status.js';
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
/** Excludes 4294967295 kB/s. Links between GPUs are faster than PCIe. */
const BYTES_PER_SECOND = [0, 1e12] as const;
const LINK_BYTES_PER_SECOND = [0, 1e13] as const;
/** Up to 10 TB/s for ten years. */
const BYTES = [0, 3.2e21] as const;
/** Up to ten years. */
const SECONDS = [0, 3.2e8] as const;
/** Excludes 4294967295. */
const COUNT = [0, 4e9] as const;
const FLAG = [0, 1] as const;
const LINK_GENERATION = [1, 16] as const;
const LANES = [1, 64] as const;

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
  /** Temperature of the memory, ℃. */
  memoryCelsius: {
    event: 'snakepit.gpu.temperature.sampled',
    measurement: 'memory_celsius',
    unit: 'Cel',
    label: 'memory temperature',
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
  /** Data that the GPU has sent over PCIe, bytes. Starts anywhere, as the hardware’s counter wraps. */
  pcieTransmitBytes: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'transmit_bytes',
    unit: 'By',
    label: 'PCIe sent in total',
    range: BYTES,
  },
  /** Data that the GPU has received over PCIe, bytes. Starts anywhere, as the hardware’s counter wraps. */
  pcieReceiveBytes: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'receive_bytes',
    unit: 'By',
    label: 'PCIe received in total',
    range: BYTES,
  },
  /** PCIe generation of the link now. An idle GPU lowers it. */
  pcieLinkGeneration: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'link_generation',
    unit: '1',
    label: 'PCIe generation',
    range: LINK_GENERATION,
    isZeroAbsent: true,
  },
  /** Highest PCIe generation that the GPU and its slot support. */
  pcieMaxLinkGeneration: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'max_link_generation',
    unit: '1',
    label: 'PCIe generation, maximum',
    range: LINK_GENERATION,
    isZeroAbsent: true,
  },
  /** PCIe lanes in use. */
  pcieLinkWidth: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'link_width',
    unit: '{lane}',
    label: 'PCIe lanes',
    range: LANES,
    isZeroAbsent: true,
  },
  /** PCIe lanes that the GPU and its slot support. */
  pcieMaxLinkWidth: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'max_link_width',
    unit: '{lane}',
    label: 'PCIe lanes, maximum',
    range: LANES,
    isZeroAbsent: true,
  },
  /** PCIe packets that were sent again. */
  pcieReplays: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'replays',
    unit: '{error}',
    label: 'PCIe replays',
    range: COUNT,
  },
  /** Correctable PCIe errors. */
  pcieCorrectableErrors: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'correctable',
    unit: '{error}',
    label: 'PCIe correctable errors',
    range: COUNT,
  },
  /** Non-fatal PCIe errors. */
  pcieNonFatalErrors: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'non_fatal',
    unit: '{error}',
    label: 'PCIe non-fatal errors',
    range: COUNT,
  },
  /** Fatal PCIe errors. */
  pcieFatalErrors: {
    event: 'snakepit.gpu.pcie.sampled',
    measurement: 'fatal',
    unit: '{error}',
    label: 'PCIe fatal errors',
    range: COUNT,
  },
  /** NVLinks of the GPU. */
  nvlinkLinks: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'links',
    unit: '{link}',
    label: 'NVLinks',
    range: [0, 1024],
  },
  /** Data that the GPU has sent over all NVLinks, bytes. */
  nvlinkTransmitBytes: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'transmit_bytes',
    unit: 'By',
    label: 'NVLink sent in total',
    range: BYTES,
  },
  /** Data that the GPU has received over all NVLinks, bytes. */
  nvlinkReceiveBytes: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'receive_bytes',
    unit: 'By',
    label: 'NVLink received in total',
    range: BYTES,
  },
  /** Data that the GPU sends over all NVLinks, bytes per second. */
  nvlinkTransmitBytesPerSecond: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'transmit_bytes_per_second',
    unit: 'By/s',
    label: 'NVLink sent',
    range: LINK_BYTES_PER_SECOND,
  },
  /** Data that the GPU receives over all NVLinks, bytes per second. */
  nvlinkReceiveBytesPerSecond: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'receive_bytes_per_second',
    unit: 'By/s',
    label: 'NVLink received',
    range: LINK_BYTES_PER_SECOND,
  },
  /** NVLink checksum errors in flow control. */
  nvlinkCrcFlitErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'crc_flit',
    unit: '{error}',
    label: 'NVLink flow control CRC errors',
    range: COUNT,
  },
  /** NVLink checksum errors in data. */
  nvlinkCrcDataErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'crc_data',
    unit: '{error}',
    label: 'NVLink data CRC errors',
    range: COUNT,
  },
  /** NVLink packets that were sent again. */
  nvlinkReplayErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'replay',
    unit: '{error}',
    label: 'NVLink replays',
    range: COUNT,
  },
  /** Recoveries of NVLinks, whatever their result. */
  nvlinkRecoveryErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'recovery',
    unit: '{error}',
    label: 'NVLink recoveries',
    range: COUNT,
  },
  /** Recoveries of NVLinks that failed, so that the link is down. */
  nvlinkFailedRecoveries: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'failed_recovery',
    unit: '{error}',
    label: 'NVLink failed recoveries',
    range: COUNT,
  },
  /** NVLink ECC errors in data. */
  nvlinkEccErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'ecc',
    unit: '{error}',
    label: 'NVLink ECC errors',
    range: COUNT,
  },
  /** NVLink packets that were received with errors. */
  nvlinkReceiveErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'receive',
    unit: '{error}',
    label: 'NVLink receive errors',
    range: COUNT,
  },
  /** Times that the errors of an NVLink exceeded a threshold. */
  nvlinkIntegrityErrors: {
    event: 'snakepit.gpu.nvlink.sampled',
    measurement: 'integrity',
    unit: '{error}',
    label: 'NVLink integrity errors',
    range: COUNT,
  },
  /** Share of time in which the graphics or compute engine was busy, 0–100 %. */
  graphicsEnginePercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'graphics_percent',
    unit: '%',
    label: 'graphics engine',
    range: PERCENT,
  },
  /** Share of time in which the streaming multiprocessors had work, their mean, 0–100 %. */
  smPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'sm_percent',
    unit: '%',
    label: 'SM active',
    range: PERCENT,
  },
  /** Warps that were resident on the streaming multiprocessors, of the maximum, 0–100 %. */
  smOccupancyPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'sm_occupancy_percent',
    unit: '%',
    label: 'SM occupancy',
    range: PERCENT,
  },
  /** Share of time in which the tensor pipes were busy, 0–100 %. */
  tensorPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'tensor_percent',
    unit: '%',
    label: 'tensor pipes',
    range: PERCENT,
  },
  /** Share of time in which the FP64 pipes were busy, 0–100 %. */
  fp64Percent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'fp64_percent',
    unit: '%',
    label: 'FP64 pipes',
    range: PERCENT,
  },
  /** Share of time in which the FP32 pipes were busy, 0–100 %. */
  fp32Percent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'fp32_percent',
    unit: '%',
    label: 'FP32 pipes',
    range: PERCENT,
  },
  /** Share of time in which the FP16 pipes were busy, other than those of tensors, 0–100 %. */
  fp16Percent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'fp16_percent',
    unit: '%',
    label: 'FP16 pipes',
    range: PERCENT,
  },
  /** Memory bandwidth in use, of the maximum, 0–100 %. */
  dramPercent: {
    event: 'snakepit.gpu.activity.sampled',
    measurement: 'dram_percent',
    unit: '%',
    label: 'memory bandwidth',
    range: PERCENT,
  },
  /** Time for which clocks were held down since the driver was loaded, s: power. */
  powerThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'power',
    unit: 's',
    label: 'time throttled: power',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: temperature. */
  thermalThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'thermal',
    unit: 's',
    label: 'time throttled: temperature',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: sync boost. */
  syncBoostThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'sync_boost',
    unit: 's',
    label: 'time throttled: sync boost',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: board limit. */
  boardLimitThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'board_limit',
    unit: 's',
    label: 'time throttled: board limit',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: low utilization. */
  lowUtilizationThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'low_utilization',
    unit: 's',
    label: 'time throttled: low utilization',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: reliability. */
  reliabilityThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'reliability',
    unit: 's',
    label: 'time throttled: reliability',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: software thermal slowdown. */
  swThermalThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'sw_thermal',
    unit: 's',
    label: 'time throttled: software thermal slowdown',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: hardware thermal slowdown. */
  hwThermalThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'hw_thermal',
    unit: 's',
    label: 'time throttled: hardware thermal slowdown',
    range: SECONDS,
  },
  /** Time for which clocks were held down since the driver was loaded, s: power brake. */
  powerBrakeThrottledSeconds: {
    event: 'snakepit.gpu.throttle_time.sampled',
    measurement: 'power_brake',
    unit: 's',
    label: 'time throttled: power brake',
    range: SECONDS,
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
  /** Corrected memory errors over the life of the GPU. */
  eccCorrectedLifetimeErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'corrected_lifetime',
    unit: '{error}',
    label: 'ECC corrected, lifetime',
    range: COUNT,
  },
  /** Uncorrected memory errors over the life of the GPU. */
  eccUncorrectedLifetimeErrors: {
    event: 'snakepit.gpu.ecc.sampled',
    measurement: 'uncorrected_lifetime',
    unit: '{error}',
    label: 'ECC uncorrected, lifetime',
    range: COUNT,
  },
  /** Memory pages retired for single-bit errors, over the life of the GPU. */
  retiredSingleBitPages: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'retired_single_bit',
    unit: '{page}',
    label: 'pages retired, single-bit errors',
    range: COUNT,
  },
  /** Memory pages retired for a double-bit error, over the life of the GPU. */
  retiredDoubleBitPages: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'retired_double_bit',
    unit: '{page}',
    label: 'pages retired, double-bit error',
    range: COUNT,
  },
  /** 1 if pages are retired with the next reset. */
  retiredPagesPending: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'retired_pending',
    unit: '1',
    label: 'page retirement pending',
    range: FLAG,
  },
  /** Memory rows remapped for corrected errors, over the life of the GPU. */
  remappedCorrectedRows: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remapped_corrected',
    unit: '{row}',
    label: 'rows remapped, corrected errors',
    range: COUNT,
  },
  /** Memory rows remapped for uncorrected errors, over the life of the GPU. */
  remappedUncorrectedRows: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remapped_uncorrected',
    unit: '{row}',
    label: 'rows remapped, uncorrected errors',
    range: COUNT,
  },
  /** 1 if rows are remapped with the next reset. */
  remappedRowsPending: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remap_pending',
    unit: '1',
    label: 'row remapping pending',
    range: FLAG,
  },
  /** 1 if remapping a row failed: no spare row is left. */
  remappedRowsFailed: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'remap_failed',
    unit: '1',
    label: 'row remapping failed',
    range: FLAG,
  },
  /** Action that the driver demands: 0 none, 1 reset, 2 reboot, 3 drain peer-to-peer traffic, 4 drain and reset, 5 recover the IMEX domain. */
  recoveryAction: {
    event: 'snakepit.gpu.health.sampled',
    measurement: 'recovery_action',
    unit: '1',
    label: 'recovery action',
    range: [0, 100],
  },
  /** Processes that use the GPU through NVIDIA’s Multi-Process Service. */
  mpsClients: {
    event: 'snakepit.gpu.mps.sampled',
    measurement: 'clients',
    unit: '{client}',
    label: 'MPS clients',
    range: [0, 65_536],
  },
} as const satisfies Readonly<Record<string, ReadingRow>>;

/** The readings that are no single number; each is published by its own code. */
export const GPU_OTHER_READINGS = {
  throttleReasons: { label: 'throttle reasons' },
  status: { label: 'status' },
  xids: { label: 'Xid errors' },
  processes: { label: 'processes' },
} as const;

/** Name for people of each reading, by key. */
export const GPU_READING_LABELS: ReadonlyMap<Exclude<keyof GpuReading, keyof GpuIdentity>, string> = new Map(
  Object.entries({ ...GPU_READINGS, ...GPU_OTHER_READINGS }).map(([key, { label }]) => [
    key as keyof typeof GPU_READINGS | keyof typeof GPU_OTHER_READINGS,
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
  /** Share of time in which the process kept the GPU busy, 0–100 %. Absent for a MIG slice. */
  readonly gpuPercent?: number;
  /** Share of time in which the process read or wrote GPU memory, 0–100 %. */
  readonly memoryControllerPercent?: number;
  /** Share of the video encoder that the process used, 0–100 %. */
  readonly encoderPercent?: number;
  /** Share of the video decoder that the process used, 0–100 %. */
  readonly decoderPercent?: number;
}

/** Keys of the utilization of a process. */
export const PROCESS_UTILIZATION = [
  'gpuPercent',
  'memoryControllerPercent',
  'encoderPercent',
  'decoderPercent',
] as const satisfies readonly (keyof GpuProcess)[];

/** The readings that are one number. */
export type GpuNumericReadings = { readonly [K in keyof typeof GPU_READINGS]?: number };

/** Keys of the readings that are one number, in the order of the table. */
export const NUMERIC_READINGS = Object.keys(GPU_READINGS) as readonly (keyof GpuNumericReadings)[];

/** The state of one GPU at one moment. A reading that the driver does not report is `undefined`, never 0. */
export interface GpuReading extends GpuIdentity, GpuNumericReadings {
  /** Reasons that hold clocks down now; empty if nothing does. */
  readonly throttleReasons?: readonly ThrottleReason[];
  /** State of the GPU. Absent if its driver reports nothing that shows its health. */
  readonly status?: GpuStatus;
  /** Xid codes of the critical errors that the driver reported since the last sample, oldest first. */
  readonly xids?: readonly number[];
  /** Processes that hold memory, largest first; at most 32. */
  readonly processes?: readonly GpuProcess[];
}
