import type { GpuFault } from '../../source.js';

/** What is amiss, brought together from all that ask the driver. */
export class FaultLog {
  /** Since the last request. */
  readonly faults: GpuFault[] = [];
  /** Whether other devices may be there than were found: none were looked for yet, or something has not answered since. */
  isListInDoubt = true;
}
