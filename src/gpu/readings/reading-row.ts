import type { Measurements } from '../../catalog/event-map.js';
import type { gpuSampleEvents } from '../../catalog/events/gpu-samples.js';

type GpuSampleEventName = keyof typeof gpuSampleEvents;

/** How a reading that is one number is published. */
export type ReadingRow = {
  [N in GpuSampleEventName]: {
    readonly event: N;
    readonly measurement: keyof Measurements<N>;
    /** UCUM unit of the reading, which is the measurement's. */
    readonly unit: string;
    /** Name for people. */
    readonly label: string;
    /** Smallest and largest possible value. Any other value is a failed reading. */
    readonly range: readonly [number, number];
    /** True if 0 means that the driver has no value. */
    readonly isZeroAbsent?: true;
    /** True if `sampleFast()` reads it too. */
    readonly fast?: true;
  };
}[GpuSampleEventName];

/** Rows by the key of the reading. */
export type ReadingRows = Readonly<Record<string, ReadingRow>>;
