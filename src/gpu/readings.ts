/** What tells one GPU from another. */
export interface GpuIdentity {
  /**
   * `cuda:0`, `rocm:1`, `xpu:0`, `mps`: the name that PyTorch gives it, by the position in the driver's list. A MIG
   * slice is named as NVIDIA's container tools do, after its GPU and its own position: `cuda:0:1`.
   */
  readonly device: string;
  /** Position in the driver's list; of a MIG slice, that of its GPU. */
  readonly index: number;
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'apple';
  /** Identity that survives a new position in the list. */
  readonly uuid?: string;
  readonly name?: string;
  /** As the kernel writes it: `0000:1b:00.0`. */
  readonly pciAddress?: string;
  /** Of a MIG slice: the `uuid` of the GPU that it is cut from. */
  readonly parentUuid?: string;
  readonly driverVersion?: string;
  /** The newest CUDA version that the driver supports. */
  readonly cudaVersion?: string;
}

/** Why clocks are lower than they could be, in nvidia-smi's words. An idle GPU is not among them. */
export const THROTTLE_REASONS = [
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'sync_boost',
  'sw_thermal_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'display_clock_setting',
] as const;
export type ThrottleReason = (typeof THROTTLE_REASONS)[number];

/** Of the processes on a device, so many are told. */
export const MAX_PROCESSES = 32;

/** A process that holds memory of a GPU. */
export interface GpuProcess {
  /** As the driver numbers it: in a container, as the host or as the container does, depending on the driver. */
  readonly pid: number;
  readonly name?: string;
  readonly usedMib?: number;
}

/** One GPU at one moment. What its driver does not tell is `undefined`, never 0. */
export interface GpuReading extends GpuIdentity {
  readonly memoryUsedMib?: number;
  readonly memoryTotalMib?: number;
  readonly memoryFreeMib?: number;
  /** What the driver keeps for itself; where it is told, it is not part of what is used. */
  readonly memoryReservedMib?: number;
  /** Share of the driver's last period in which the GPU was busy, 0–100. */
  readonly gpuPercent?: number;
  /** Share of the driver's last period in which memory was read or written, 0–100. */
  readonly memoryControllerPercent?: number;
  /** Share of the driver's last period in which the video encoder was busy, 0–100. */
  readonly encoderPercent?: number;
  /** Share of the driver's last period in which the video decoder was busy, 0–100. */
  readonly decoderPercent?: number;
  readonly celsius?: number;
  readonly watts?: number;
  /** The power limit that is enforced. */
  readonly limitWatts?: number;
  /** Energy used since the driver was loaded. */
  readonly energyJoules?: number;
  readonly graphicsClockMhz?: number;
  readonly smClockMhz?: number;
  readonly memoryClockMhz?: number;
  readonly videoClockMhz?: number;
  /** Intended speed of the fan, of its maximum; of several fans, the fastest. */
  readonly fanPercent?: number;
  readonly pcieTransmitBytesPerSecond?: number;
  readonly pcieReceiveBytesPerSecond?: number;
  /** Corrected memory errors since the driver was loaded. */
  readonly eccCorrectedErrors?: number;
  /** Uncorrected memory errors since the driver was loaded. */
  readonly eccUncorrectedErrors?: number;
  /** The reasons that hold clocks down now; empty where none does. */
  readonly throttleReasons?: readonly ThrottleReason[];
  /** Codes of the critical errors that the driver reported since the last sample, the oldest first. */
  readonly xids?: readonly number[];
  /** The processes that hold memory, the largest first and no more than `MAX_PROCESSES`. */
  readonly processes?: readonly GpuProcess[];
}
