import { existsSync } from 'node:fs';
import type { GpuFault, SourceUnavailable } from '../../source.js';
import type { DriverLostError, LibraryNotFoundError } from './errors.js';
import { returnCode } from './return-codes.js';

export const CHECK_KERNEL_LOG = 'check the kernel log';

export const KOFFI_MISSING: SourceUnavailable = {
  reason: 'koffi is not installed',
  remedy: 'npm install koffi',
};

/** Drivers of 2024 crash on WSL 2, together with the calling process: github.com/microsoft/WSL/issues/11277. */
export const UNSAFE_ON_WSL: SourceUnavailable = {
  reason: 'on WSL 2, some drivers crash the process that calls NVML',
  remedy: "use nvidia-smi, or select the source 'nvml' by name with a driver of 2025 or newer",
};

/** Returns true on WSL 2, which exposes the GPUs of Windows. */
export const isWsl = (): boolean => existsSync('/dev/dxg');

/** Explains why NVML cannot be used. */
export function describeUnavailability(
  cause: 'no device' | DriverLostError | LibraryNotFoundError,
  faults: readonly GpuFault[],
): SourceUnavailable {
  if (cause === 'no device') {
    const [fault] = faults;
    return {
      reason: fault === undefined ? 'the NVIDIA driver lists no GPU' : fault.detail,
      remedy: `give this container or virtual machine a GPU, or ${CHECK_KERNEL_LOG}`,
      isInstalled: true,
    };
  }
  if (cause.code === 'SNAKEPIT_NVML_DRIVER_LOST') {
    const { remedy = CHECK_KERNEL_LOG } = returnCode(cause.nvmlCode);
    return { reason: cause.message, remedy, isInstalled: true };
  }
  return {
    reason: cause.message.split('\n', 1)[0] ?? '',
    remedy:
      'install the NVIDIA driver; in a container, set NVIDIA_DRIVER_CAPABILITIES=utility; if the library is elsewhere, set SNAKEPIT_OTEL_NVML_LIBRARY to its path',
  };
}
