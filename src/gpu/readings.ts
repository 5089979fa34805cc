import type { GpuStatus } from '../catalog/gpu-status.js';
import type { ThrottleReason } from '../catalog/throttle-reasons.js';
import type { GpuIdentity } from './identity.js';
import type { ProcessContainer } from './pods/holder.js';
import { ACTIVITY_READINGS } from './readings/activity.js';
import { HEALTH_READINGS } from './readings/health.js';
import { MEMORY_READINGS } from './readings/memory.js';
import { NVLINK_READINGS } from './readings/nvlink.js';
import { PCIE_READINGS } from './readings/pcie.js';
import type { ReadingRows } from './readings/reading-row.js';
import { SENSOR_READINGS } from './readings/sensors.js';
import { THROTTLE_TIME_READINGS } from './readings/throttle-time.js';
import { UTILIZATION_READINGS } from './readings/utilization.js';

/**
 * The readings that are one number: the only list of them. Types, events, the words of `snakepit-otel doctor` and the table
 * in `docs/gpu-sources.md` derive from it. An event is published when one of its measurements was read.
 */
export const GPU_READINGS = {
  ...MEMORY_READINGS,
  ...UTILIZATION_READINGS,
  ...SENSOR_READINGS,
  ...PCIE_READINGS,
  ...NVLINK_READINGS,
  ...ACTIVITY_READINGS,
  ...THROTTLE_TIME_READINGS,
  ...HEALTH_READINGS,
} as const satisfies ReadingRows;

/** The readings that are no single number; each is published by its own code. */
export const GPU_OTHER_READINGS = {
  throttleReasons: { label: 'throttle reasons' },
  status: { label: 'status' },
  xids: { label: 'Xid errors' },
  processes: { label: 'processes' },
} as const;

/** Name for people of each reading, by key. */
export const GPU_READING_LABELS: ReadonlyMap<Exclude<keyof GpuReading, keyof GpuIdentity>, string> = new Map(
  Object.entries({ ...GPU_READINGS, ...GPU_OTHER_READINGS }).map(([key, { label }]) => [
    key as keyof typeof GPU_READINGS | keyof typeof GPU_OTHER_READINGS,
    label,
  ]),
);

/** Maximum number of processes per device in a reading. */
export const MAX_PROCESSES = 32;

/** A process that holds memory of a GPU. */
export interface GpuProcess extends ProcessContainer {
  /** Process ID from the driver. In a container, the driver decides whether it is the host's or the container's. */
  readonly pid: number;
  /** Name of the executable, without its folder. */
  readonly name?: string;
  /** GPU memory that the process holds, MiB. */
  readonly usedMib?: number;
  /** Share of time in which the process kept the GPU busy, 0–100 %. Absent for a MIG slice. */
  readonly gpuPercent?: number;
  /** Share of time in which the process read or wrote GPU memory, 0–100 %. */
  readonly memoryControllerPercent?: number;
  /** Share of the video encoder that the process used, 0–100 %. */
  readonly encoderPercent?: number;
  /** Share of the video decoder that the process used, 0–100 %. */
  readonly decoderPercent?: number;
}

/** Keys of the utilization of a process. */
export const PROCESS_UTILIZATION = [
  'gpuPercent',
  'memoryControllerPercent',
  'encoderPercent',
  'decoderPercent',
] as const satisfies readonly (keyof GpuProcess)[];

/** The readings that are one number. */
export type GpuNumericReadings = { readonly [K in keyof typeof GPU_READINGS]?: number };

/** Keys of the readings that are one number, in the order of the table. */
export const NUMERIC_READINGS = Object.keys(GPU_READINGS) as readonly (keyof GpuNumericReadings)[];

/** The state of one GPU at one moment. A reading that the driver does not report is `undefined`, never 0. */
export interface GpuReading extends GpuIdentity, GpuNumericReadings {
  /** Reasons that hold clocks down now; empty if nothing does. */
  readonly throttleReasons?: readonly ThrottleReason[];
  /** State of the GPU. Absent if its driver reports nothing that shows its health. */
  readonly status?: GpuStatus;
  /** Xid codes of the critical errors that the driver reported since the last sample, oldest first. */
  readonly xids?: readonly number[];
  /** Processes that hold memory, largest first; at most 32. */
  readonly processes?: readonly GpuProcess[];
}
