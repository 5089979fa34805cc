import type { GpuIdentity } from '../../readings.js';
import type { GpuFault, GpuFaultReason, SourceUnavailable } from '../../source.js';

/** The part of a sample that seldom changes. It is sent as a message; the numbers are in shared memory. */
export interface SampleMetadata {
  /** Devices in the order of their records. */
  readonly devices: readonly GpuIdentity[];
  /** Process names by process ID. */
  readonly processNames: ReadonlyMap<number, string>;
  readonly faults: readonly GpuFault[];
}

/** The worker's response to a request. */
export type Response =
  | { readonly kind: 'metadata'; readonly metadata: SampleMetadata }
  /** The metadata of the previous sample still applies. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly reason: GpuFaultReason; readonly detail: string }
  /** Result of a probe: `unavailable` is undefined if a GPU can be read. */
  | { readonly kind: 'probed'; readonly unavailable?: SourceUnavailable };
