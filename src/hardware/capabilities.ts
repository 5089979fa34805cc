import { detectHardware } from './detect.js';

/** Capabilities of the host. */
export interface HardwareCapabilities {
  /** True if there is an NVIDIA GPU. */
  readonly cuda: boolean;
  /** True if there is an Apple GPU. */
  readonly mps: boolean;
  /** True if there is an AMD GPU that the kernel offers for computing. */
  readonly rocm: boolean;
  /** True if the processor supports AVX. */
  readonly avx: boolean;
  /** True if the processor supports AVX2. */
  readonly avx2: boolean;
  /** True if the processor supports AVX-512 Foundation. */
  readonly avx512: boolean;
  /** True if cuDNN is installed beside an NVIDIA GPU. */
  readonly cudnn: boolean;
  /** Newest CUDA version that the driver supports. */
  readonly cudaVersion?: string;
  /** Version of cuDNN. */
  readonly cudnnVersion?: string;
}

/** Returns the capabilities of this host, from {@link detectHardware}. Never rejects. */
export async function hardwareCapabilities(): Promise<HardwareCapabilities> {
  const { cpu, cuda, mps, rocm } = await detectHardware();
  return {
    cuda: cuda !== undefined,
    mps: mps !== undefined,
    rocm: rocm !== undefined,
    avx: cpu.features.includes('avx'),
    avx2: cpu.features.includes('avx2'),
    avx512: cpu.features.includes('avx512f'),
    cudnn: cuda?.cudnnVersion !== undefined,
    cudaVersion: cuda?.version,
    cudnnVersion: cuda?.cudnnVersion,
  };
}

/** The properties on which numeric results depend: hosts with the same identity compute alike. */
export interface HardwareIdentity {
  /** Operating system and machine, such as `linux-x86_64`. */
  readonly platform: string;
  /** Best family of devices available: `cuda`, `mps`, `rocm` or `cpu`. */
  readonly accelerator: string;
  /** Instruction set extensions of the processor. */
  readonly cpuFeatures: readonly string[];
  /** Number of GPUs of all families. */
  readonly gpuCount: number;
}

/** Returns the identity of this host, from {@link detectHardware}. Never rejects. */
export async function hardwareIdentity(): Promise<HardwareIdentity> {
  const { platform, accelerator, cpu, cuda, mps, rocm } = await detectHardware();
  const gpuCount = (cuda?.devices.length ?? 0) + (rocm?.devices.length ?? 0) + (mps === undefined ? 0 : 1);
  return { platform, accelerator, cpuFeatures: cpu.features, gpuCount };
}
