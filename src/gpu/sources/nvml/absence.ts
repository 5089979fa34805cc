import type { GpuFault, SourceAbsence } from '../../source.js';
import { DriverLost, type LibraryMissing } from './errors.js';
import { returnCode } from './return-codes.js';

export const KOFFI_MISSING: SourceAbsence = { why: 'koffi is not installed', advice: 'npm install koffi' };

/** Why NVML cannot be used, after it was tried. */
export function whyNot(
  cause: 'no device' | DriverLost | LibraryMissing,
  faults: readonly GpuFault[],
): SourceAbsence {
  if (cause === 'no device') {
    const [fault] = faults;
    return {
      why: fault === undefined ? 'the NVIDIA driver lists no GPU' : fault.detail,
      advice:
        'give this container or virtual machine a GPU, or look into the log of the kernel for what became of it',
    };
  }
  if (cause instanceof DriverLost) {
    const { advice = 'look into the log of the kernel' } = returnCode(cause.code);
    return { why: cause.message, advice };
  }
  return {
    why: cause.message.split('\n', 1)[0] ?? '',
    advice:
      'it comes with the NVIDIA driver; containers get it with NVIDIA_DRIVER_CAPABILITIES=utility. Where it lies elsewhere, give its path with nvmlLibrary',
  };
}
