import type { GpuNumericReadings } from '../../readings.js';
import { FIELD_OFFSET } from './sample-memory.js';

/** `nvmlGpmMetricId_t` of each reading. */
export const GPM_METRICS = {
  graphicsEnginePercent: 1,
  smPercent: 2,
  smOccupancyPercent: 3,
  tensorPercent: 5,
  dramPercent: 10,
  fp64Percent: 11,
  fp32Percent: 12,
  fp16Percent: 13,
  pcieTransmitBytesPerSecond: 20,
  pcieReceiveBytesPerSecond: 21,
  nvlinkReceiveBytesPerSecond: 60,
  nvlinkTransmitBytesPerSecond: 61,
} as const satisfies Readonly<Partial<Record<keyof GpuNumericReadings, number>>>;

export interface GpmMetric {
  readonly id: number;
  readonly offset: number;
  readonly isPercent: boolean;
}

export const METRICS: readonly GpmMetric[] = Object.entries(GPM_METRICS).map(([key, id]) => ({
  id,
  offset: FIELD_OFFSET[key as keyof typeof GPM_METRICS],
  isPercent: key.endsWith('Percent'),
}));

/** Values of the last period of a device, by metric, and their time. */
export class GpmValues {
  readonly values = new Float64Array(METRICS.length).fill(Number.NaN);
  /** ms of `performance.now()` */
  readAt = Number.NEGATIVE_INFINITY;

  /** True if PCIe throughput is among the values. */
  get hasPcie(): boolean {
    return METRICS.some(
      ({ id }, i) => id === GPM_METRICS.pcieTransmitBytesPerSecond && !Number.isNaN(this.values[i]),
    );
  }

  /** True if there are values. */
  get hasValues(): boolean {
    return this.readAt !== Number.NEGATIVE_INFINITY;
  }

  store(record: Float64Array, offset: number): void {
    for (let i = 0; i < METRICS.length; i++) {
      const value = this.values[i] as number;
      if (!Number.isNaN(value)) record[offset + (METRICS[i] as GpmMetric).offset] = value;
    }
  }
}
