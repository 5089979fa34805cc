import { detectHardware } from './detect.js';

/** What the host can do, as flags. */
export interface HardwareCapabilities {
  readonly cuda: boolean;
  readonly mps: boolean;
  readonly rocm: boolean;
  readonly avx: boolean;
  readonly avx2: boolean;
  readonly avx512: boolean;
  readonly cudnn: boolean;
  readonly cudaVersion?: string;
  readonly cudnnVersion?: string;
}

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

/** What makes results of one host comparable with another's: the same identity computes alike. */
export interface HardwareIdentity {
  readonly platform: string;
  readonly accelerator: string;
  readonly cpuFeatures: readonly string[];
  readonly gpuCount: number;
}

export async function hardwareIdentity(): Promise<HardwareIdentity> {
  const { platform, accelerator, cpu, cuda, mps, rocm } = await detectHardware();
  const gpuCount = (cuda?.devices.length ?? 0) + (rocm?.devices.length ?? 0) + (mps === undefined ? 0 : 1);
  return { platform, accelerator, cpuFeatures: cpu.features, gpuCount };
}
