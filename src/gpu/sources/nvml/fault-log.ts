import type { GpuFault } from '../../source.js';

/** Faults collected while reading NVML. */
export class FaultLog {
  /** Faults since the last request. */
  readonly faults: GpuFault[] = [];
  /**
   * True until devices are enumerated, and again from the first call that fails: the list of devices may then be out of
   * date.
   */
  devicesMayHaveChanged = true;
}
