import { hasErrorCode } from '../common/error-code.js';
import type { GpuIdentity } from './identity.js';
import type { GpuReading } from './readings.js';

/**
 * Why a source, or one of its devices, could not be read:
 * - `not_found`: a program or library is missing
 * - `timeout`: no answer within the time limit
 * - `failed`: the driver or program reported an error
 * - `unreadable`: the answer could not be parsed
 * - `implausible`: the driver reported an impossible value
 */
export type GpuFaultReason = 'not_found' | 'timeout' | 'failed' | 'unreadable' | 'implausible';

/** A part of a sample that could not be read, while the rest was. */
export interface GpuFault {
  /** Kind of fault. */
  readonly reason: GpuFaultReason;
  /**
   * Description for people. A fault that lasts is reported once per wording, so it must not contain readings.
   */
  readonly detail: string;
  /** Device that could not be read, such as `cuda:0`. @default the source as a whole */
  readonly device?: string;
}

/** Critical errors of a device that has no reading any more: its driver reports them as the device is lost. */
export interface LostDeviceXids {
  /** The lost device. */
  readonly device: GpuIdentity;
  /** Xid codes, oldest first. */
  readonly xids: readonly number[];
}

/** The state of all GPUs of a source at one moment. */
export interface GpuSample {
  /** One reading per device that is present. A device without a reading counts as lost, unless the sample is partial. */
  readonly readings: readonly GpuReading[];
  /** True if devices may be present that have no reading: none counts as lost. @default false */
  readonly isPartial?: boolean;
  /** Parts that could not be read. */
  readonly faults: readonly GpuFault[];
  /** Critical errors of devices that are lost. @default none */
  readonly lostDeviceXids?: readonly LostDeviceXids[];
  /** When the sample was taken, ms of `performance.now()`. @default the time at which `sample()` settles */
  readonly at?: number;
}

/** A way of reading all GPUs of a kind. */
export interface GpuSource {
  /** Name in events and messages. */
  readonly name: string;
  /**
   * Reads every device once. Settles only when nothing of the read is left running, so that reads never pile up; it is not
   * called again before that.
   *
   * @param signal aborted at the time limit and when the profiler shuts down
   * @throws GpuSourceError (as a rejection) if nothing could be read
   */
  sample(signal: AbortSignal): Promise<GpuSample>;
  /**
   * Reads memory, utilization, power and energy only. For sources that can do so cheaply enough for the start and end of
   * every span. The rules of `sample()` apply; the two never overlap.
   *
   * @param signal aborted at the time limit and when the profiler shuts down
   * @throws GpuSourceError (as a rejection) if nothing could be read
   */
  sampleFast?(signal: AbortSignal): Promise<GpuSample>;
  /**
   * Announces the time between samples from now on, for sources that can prepare.
   *
   * @param intervalMs ms; `undefined` if samples are taken on demand only
   */
  setSamplingInterval?(intervalMs: number | undefined): void;
  /** Releases all resources. Called once, possibly during a sample. */
  close(): Promise<void>;
}

/** Why this host cannot be read with a source, and what to do about it. */
export interface SourceUnavailable {
  readonly reason: string;
  readonly remedy: string;
  /** True if the driver is installed, so that its GPUs may be readable later. @default false */
  readonly isInstalled?: boolean;
}

const GPU_SOURCE_ERROR = 'SNAKEPIT_GPU_SOURCE';

/** Error of a source that could not be read at all. */
export class GpuSourceError extends Error {
  /** The same for every error of a source; see `reason`. */
  readonly code = GPU_SOURCE_ERROR;

  /** Creates the error. Its message is reported once per text, so it contains no readings. */
  constructor(
    /** Kind of fault. */
    readonly reason: GpuFaultReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GpuSourceError';
  }
}

export const isGpuSourceError = (error: unknown): error is GpuSourceError =>
  hasErrorCode(error, GPU_SOURCE_ERROR);
