import { existsSync } from 'node:fs';
import type { GpuFault, SourceUnavailable } from '../../source.js';
import { DriverLost, type LibraryMissing } from './errors.js';
import { returnCode } from './return-codes.js';

/** What to do where the driver itself has gone wrong. */
export const KERNEL_LOG = 'look into the log of the kernel';

export const KOFFI_MISSING: SourceUnavailable = {
  reason: 'koffi is not installed',
  remedy: 'npm install koffi',
};

/** Drivers of 2024 crash there, and with them the process that calls them: github.com/microsoft/WSL/issues/11277. */
export const UNSAFE_ON_WSL: SourceUnavailable = {
  reason: 'this is WSL 2, where some drivers end the process that calls NVML',
  remedy: "let nvidia-smi read the GPUs, or name the source 'nvml' with a driver of 2025 or newer",
};

/** Whether GPUs are Windows', seen through WSL 2. */
export const isWsl = (): boolean => existsSync('/dev/dxg');

/** Why NVML cannot be used, after it was tried. */
export function describeUnavailability(
  cause: 'no device' | DriverLost | LibraryMissing,
  faults: readonly GpuFault[],
): SourceUnavailable {
  if (cause === 'no device') {
    const [fault] = faults;
    return {
      reason: fault === undefined ? 'the NVIDIA driver lists no GPU' : fault.detail,
      remedy: `give this container or virtual machine a GPU, or ${KERNEL_LOG} for what became of it`,
    };
  }
  if (cause instanceof DriverLost) {
    const { advice = KERNEL_LOG } = returnCode(cause.code);
    return { reason: cause.message, remedy: advice };
  }
  return {
    reason: cause.message.split('\n', 1)[0] ?? '',
    remedy:
      'it comes with the NVIDIA driver; containers get it with NVIDIA_DRIVER_CAPABILITIES=utility. Where it lies elsewhere, give its path with nvmlLibrary',
  };
}
