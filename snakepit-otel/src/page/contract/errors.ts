import type { Attributes } from './attributes.js';
import type { GpuProcess } from './gpus.js';

/** Errors of the same class at the same place. */
export interface ErrorHead {
  readonly id: string;
  readonly ts: number;
  /** As `oom`, `shape_mismatch`, `python_exception`. */
  readonly kind: string;
  /** As `torch.OutOfMemoryError`. */
  readonly type: string;
  readonly message: string;
  readonly count: number;
  readonly firstSeen: number;
  readonly device?: string;
  readonly pool?: string;
  readonly worker?: string;
  readonly place?: string;
  readonly trace?: string;
  readonly span?: string;
}

export interface ErrorDetail {
  readonly head: ErrorHead;
  /** Times of the newest occurrences, the oldest first; at most 50. */
  readonly occurrences: readonly number[];
  /** Of the last occurrence; at most 16 kB. Absent unless the host `includesSensitive`. */
  readonly traceback?: string;
  readonly attributes: Attributes;
  readonly oom?: OutOfMemory;
}

/** Who held what when an allocation failed. */
export interface OutOfMemory {
  readonly requested?: number;
  readonly free?: number;
  readonly total?: number;
  readonly allocated?: number;
  readonly reservedUnused?: number;
  readonly processes: readonly GpuProcess[];
}
