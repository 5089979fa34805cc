import type { GpuIdentity } from '../../identity.js';
import type { GpuFault, GpuFaultReason, SourceUnavailable } from '../../source.js';

/** What is not numbers, and seldom changes. */
export interface SampleMetadata {
  /** Whose the records are, in their order. */
  readonly devices: readonly GpuIdentity[];
  readonly processNames: ReadonlyMap<number, string>;
  readonly faults: readonly GpuFault[];
}

/** What the thread says to a request. Numbers lie in the shared memory. */
export type Response =
  | { readonly kind: 'facts'; readonly facts: SampleMetadata }
  /** As the last time, but for the numbers. */
  | { readonly kind: 'same' }
  | { readonly kind: 'failed'; readonly reason: GpuFaultReason; readonly detail: string }
  /** To a look: whether there is something to read. */
  | { readonly kind: 'looked'; readonly absence?: SourceUnavailable };
