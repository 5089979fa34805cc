import type { GpuIdentity } from './identity.js';
import type { GpuReading } from './readings.js';

/** Why a source, or one device of it, could not be read. */
export type GpuFaultReason = 'not_found' | 'timeout' | 'failed' | 'unreadable';

/** A part of a sample that could not be read, while the rest could. */
export interface GpuFault {
  readonly reason: GpuFaultReason;
  /** Told once per wording: no readings in it. */
  readonly detail: string;
  readonly device?: string;
}

/** Critical errors of a device that is not among the readings any more: its driver tells them when it is lost. */
export interface LostDeviceXids {
  readonly device: GpuIdentity;
  /** As in readings. */
  readonly xids: readonly number[];
}

export interface GpuSample {
  /** The devices that are there. A device that is missing here is taken for lost. */
  readonly readings: readonly GpuReading[];
  readonly faults: readonly GpuFault[];
  /** @default none */
  readonly lostDeviceXids?: readonly LostDeviceXids[];
  /** When it was taken, ms of `performance.now()`. @default when it is handed over */
  readonly at?: number;
}

/** One way of reading all GPUs that it knows of. */
export interface GpuSource {
  readonly name: string;
  /**
   * Reads every device once. Settles when nothing of the read is left running, so that reads never pile up; until
   * then it is not called again.
   *
   * @param signal aborted when the time limit is over or the profiler shuts down
   * @throws GpuSourceError when nothing could be read
   */
  sample(signal: AbortSignal): Promise<GpuSample>;
  /**
   * Reads memory, utilization, power and energy only: for sources where that costs so little that it may be done at the
   * edges of every span. The same rules as for `sample()`, and never during one.
   */
  sampleFast?(signal: AbortSignal): Promise<GpuSample>;
  /**
   * Tells how often samples will be asked for from now on, in ms; `undefined`: only when somebody wants one. For sources
   * that can prepare.
   */
  setSamplingInterval?(intervalMs: number | undefined): void;
  /** Releases what the source holds; called once, possibly during a sample. */
  close(): Promise<void>;
}

/** Why a host cannot be read with a kind of source, and what its user can do about it. */
export interface SourceUnavailable {
  readonly reason: string;
  readonly remedy: string;
}

/** Thrown by a source that could not be read at all. */
export class GpuSourceError extends Error {
  constructor(
    readonly code: GpuFaultReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GpuSourceError';
  }
}
