/** What tells one GPU from another. */
export interface GpuIdentity {
  /** `cuda:0`, `rocm:1`: the vendor's runtime and the position in the driver's list. */
  readonly device: string;
  /** Position in the driver's list. */
  readonly index: number;
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'apple';
  /** Identity that survives a new position in the list. */
  readonly uuid?: string;
  readonly name?: string;
  readonly pciAddress?: string;
}

/** One GPU at one moment. What its driver does not tell is `undefined`, never 0. */
export interface GpuReading extends GpuIdentity {
  readonly memoryUsedMib?: number;
  readonly memoryTotalMib?: number;
  readonly memoryFreeMib?: number;
  /** Share of the driver's last period in which the GPU was busy, 0–100. */
  readonly gpuPercent?: number;
  /** Share of the driver's last period in which memory was read or written, 0–100. */
  readonly memoryControllerPercent?: number;
  readonly celsius?: number;
  readonly watts?: number;
  /** The power limit that is enforced. */
  readonly limitWatts?: number;
}
