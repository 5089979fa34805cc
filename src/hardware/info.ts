export type Accelerator = 'cuda' | 'mps' | 'rocm' | 'cpu';

export interface CpuInfo {
  readonly model: string;
  /** Physical cores. */
  readonly cores: number;
  /** Logical processors. */
  readonly threads: number;
  /** Instruction set extensions that matter to numeric code: `avx2`, `avx512f`, `neon`, … */
  readonly features: readonly string[];
  /** MiB, of the whole host. */
  readonly memoryTotalMb: number;
}

/** A GPU as detection finds it; its number is that of the driver's list. What the driver does not tell is absent. */
export interface DeviceInfo {
  readonly id: number;
  readonly name?: string;
  readonly uuid?: string;
  /** MiB. */
  readonly memoryTotalMb?: number;
  /** MiB, at the time of detection. */
  readonly memoryFreeMb?: number;
}

export interface CudaDeviceInfo extends DeviceInfo {
  /** Such as `9.0`. */
  readonly computeCapability?: string;
}

export interface CudaInfo {
  /** The newest CUDA version that the driver supports. */
  readonly version?: string;
  readonly driverVersion?: string;
  readonly cudnnVersion?: string;
  readonly devices: readonly CudaDeviceInfo[];
}

export interface RocmInfo {
  readonly version?: string;
  readonly devices: readonly DeviceInfo[];
}

export interface MpsInfo {
  readonly available: true;
  readonly deviceName: string;
  /** MiB, shared with the CPU. */
  readonly memoryTotalMb: number;
}

export interface HardwareInfo {
  /** The best that is there: CUDA, then MPS, then ROCm, then the CPU. */
  readonly accelerator: Accelerator;
  /** Such as `linux-x86_64`. */
  readonly platform: string;
  readonly cpu: CpuInfo;
  readonly cuda?: CudaInfo;
  readonly mps?: MpsInfo;
  readonly rocm?: RocmInfo;
}
