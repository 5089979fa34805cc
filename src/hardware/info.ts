/** Family of devices to compute with. */
export type Accelerator = 'cuda' | 'mps' | 'rocm' | 'cpu';

/** The processor of the host. */
export interface CpuInfo {
  /** Product name; `unknown` if the operating system does not report it. */
  readonly model: string;
  /** Number of physical cores. */
  readonly cores: number;
  /** Number of logical processors. */
  readonly threads: number;
  /** Instruction set extensions that matter to numeric code: `avx2`, `avx512f`, `neon`, … */
  readonly features: readonly string[];
  /** Memory of the host, MiB. */
  readonly memoryTotalMib: number;
}

/** A GPU at the time of detection. Members that the driver does not report are absent. */
export interface DeviceInfo {
  /** Position in the driver's list. */
  readonly id: number;
  /** Product name. */
  readonly name?: string;
  /** Identity that survives a new position in the list. */
  readonly uuid?: string;
  /** Memory installed, MiB. */
  readonly memoryTotalMib?: number;
  /** Memory free at the time of detection, MiB. */
  readonly memoryFreeMib?: number;
}

/** An NVIDIA GPU at the time of detection. */
export interface CudaDeviceInfo extends DeviceInfo {
  /** CUDA compute capability, such as `9.0`. */
  readonly computeCapability?: string;
}

/** The NVIDIA GPUs of the host and their software. */
export interface CudaInfo {
  /** Newest CUDA version that the driver supports. */
  readonly version?: string;
  /** Version of the NVIDIA driver. */
  readonly driverVersion?: string;
  /** Version of cuDNN, from the file name of the library. */
  readonly cudnnVersion?: string;
  /** GPUs in the driver's order. */
  readonly devices: readonly CudaDeviceInfo[];
}

/** The AMD GPUs of the host and their software. */
export interface RocmInfo {
  /** Version of ROCm. */
  readonly version?: string;
  /** GPUs in HIP's order. */
  readonly devices: readonly DeviceInfo[];
}

/** The GPU of a Mac with Apple silicon. */
export interface MpsInfo {
  /** Always true: hosts without such a GPU have no {@link MpsInfo}. */
  readonly available: true;
  /** Product name of the chip. */
  readonly deviceName: string;
  /** Memory of the host, shared with the CPU, MiB. */
  readonly memoryTotalMib: number;
}

/** The devices that a host has to compute with. */
export interface HardwareInfo {
  /** Best family available: CUDA, then MPS, then ROCm, then the CPU. */
  readonly accelerator: Accelerator;
  /** Operating system and machine, such as `linux-x86_64`. */
  readonly platform: string;
  /** The processor. */
  readonly cpu: CpuInfo;
  /** NVIDIA GPUs; absent if there are none. */
  readonly cuda?: CudaInfo;
  /** Apple GPU; absent if there is none. */
  readonly mps?: MpsInfo;
  /** AMD GPUs; absent if there are none. */
  readonly rocm?: RocmInfo;
}
