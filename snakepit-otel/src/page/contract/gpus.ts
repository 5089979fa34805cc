/**
 * Charted readings of a GPU, in the order of a row of `Tick`: MiB, ratio, W, °C, MHz, and the number of reasons why it is throttled
 * (0 if it is not).
 */
export const GPU_METRICS = ['memory', 'utilization', 'power', 'temperature', 'clock', 'throttle'] as const;
export type GpuMetric = (typeof GPU_METRICS)[number];

/** Most steps of a series. */
export const MAX_STEPS = 720;

export interface Gpu {
  /** As `cuda:0`. Unique: a lost GPU whose name another one has taken is `cuda:0 (lost)`. */
  readonly device: string;
  readonly name?: string;
  readonly uuid?: string;
  readonly pciAddress?: string;
  readonly vendor?: string;
  readonly driverVersion?: string;
  readonly memoryLimit?: number;
  readonly powerLimit?: number;
  /** Temperature from which the card slows itself down. */
  readonly slowdownTemperature?: number;
  /** Why the card runs slower than it could, as `hw_thermal_slowdown`; empty if it does not. */
  readonly throttleReasons: readonly string[];
  readonly lastSeen: number;
  /** True if its driver does not report it any more. */
  readonly isLost: boolean;
  readonly processes: readonly GpuProcess[];
  readonly series: GpuSeries;
  /** Memory of the processes that held most, in the steps of `series`; absent on hosts with more than 4 GPUs. */
  readonly processSeries?: readonly ProcessSeries[];
}

export interface GpuProcess {
  readonly pid: number;
  readonly command?: string;
  readonly memory?: number;
  readonly utilization?: number;
  /** Snakepit's pool and worker, if the process is a worker of one. */
  readonly pool?: string;
  readonly worker?: string;
  readonly pod?: string;
  readonly namespace?: string;
  readonly container?: string;
  /** When it ended; absent while it runs. */
  readonly goneAt?: number;
}

export interface ProcessSeries {
  readonly pid: number;
  /** Greatest value of each step, MiB. */
  readonly memory: readonly (number | null)[];
}

/** Columns of equal steps; at most {@link MAX_STEPS}. */
export interface GpuSeries {
  /** Time of the first step. */
  readonly from: number;
  /** Length of a step, ms. */
  readonly step: number;
  /** Mean of each step. */
  readonly mean: Readonly<Record<GpuMetric, readonly (number | null)[]>>;
  /** Least and greatest value of each step. A metric is absent if both are its mean in every step. */
  readonly min?: Readonly<Partial<Record<GpuMetric, readonly (number | null)[]>>>;
  readonly max?: Readonly<Partial<Record<GpuMetric, readonly (number | null)[]>>>;
}

/** One sample of each GPU: values in the order of `GPU_METRICS`. */
export interface Tick {
  readonly ts: number;
  readonly gpus: Readonly<Record<string, readonly (number | null)[]>>;
  /** Processes of the GPUs whose processes changed. */
  readonly processes?: Readonly<Record<string, readonly GpuProcess[]>>;
}

/** Answer of `/series`: one metric of one GPU, at most {@link MAX_STEPS} steps. */
export interface SeriesAnswer {
  readonly device: string;
  readonly metric: GpuMetric;
  readonly from: number;
  readonly step: number;
  readonly mean: readonly (number | null)[];
  readonly min: readonly (number | null)[];
  readonly max: readonly (number | null)[];
}
