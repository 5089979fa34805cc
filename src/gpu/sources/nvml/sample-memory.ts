// Memory that the worker thread shares with the main thread. A sample is plain numbers; a missing value is NaN.

import {
  type GpuNumericReadings,
  MAX_PROCESSES,
  NUMERIC_READINGS,
  PROCESS_UTILIZATION,
} from '../../readings.js';

/** Maximum number of devices: 16 GPUs with 7 MIG devices each, more than any host has. */
export const MAX_DEVICES = 128;
/** Maximum number of Xid errors in a sample. The driver keeps further ones for the next sample. */
export const MAX_XIDS = 64;

/** Indexes of the control words. */
export const CONTROL = {
  /** Number of requests sent. */
  requestCount: 0,
  /** Type of the last request: a value of `REQUEST`. */
  request: 1,
  /** 1 while the thread may be inside a native call. */
  busy: 2,
  /** A value of `STOP` once the thread must not start any more work; 0 before. */
  stop: 3,
  /** Time between samples, ms; 0 if samples are taken on demand only. */
  samplingIntervalMs: 4,
  /** Number of Xid errors that the main thread has not taken yet. */
  xidCount: 5,
} as const;

/** Reasons to stop the thread. `close` shuts NVML down; `processExit` leaves it as it is. */
export const STOP = { close: 1, processExit: 2 } as const;

export const REQUEST = { probe: 1, sample: 2, sampleFast: 3 } as const;
export type Request = keyof typeof REQUEST;

const OTHER_FIELDS = ['clockReasons', 'processCount'] as const;
export type RecordField = keyof GpuNumericReadings | (typeof OTHER_FIELDS)[number];

const FIELDS: readonly RecordField[] = [...NUMERIC_READINGS, ...OTHER_FIELDS];

/** Offset of each field in a device's record: first the readings, in their units and the order of their table. */
export const FIELD_OFFSET = Object.fromEntries(FIELDS.map((field, offset) => [field, offset])) as Readonly<
  Record<RecordField, number>
>;
/** Offset of the processes in a record. */
export const PROCESSES_OFFSET = FIELDS.length;
/** Offsets in the entry of a process. Utilization is the last part, in the order of `PROCESS_UTILIZATION`. */
export const PROCESS_OFFSET = { pid: 0, bytes: 1, utilization: 2 } as const;
export const PROCESS_LENGTH = PROCESS_OFFSET.utilization + PROCESS_UTILIZATION.length;
export const RECORD_LENGTH = PROCESSES_OFFSET + PROCESS_LENGTH * MAX_PROCESSES;

const CONTROL_BYTES = 64;
const NUMBER = Float64Array.BYTES_PER_ELEMENT;

export class SampleMemory {
  readonly control: Int32Array;
  /** Time of the sample, as `monotonicMs()`. One element. */
  readonly sampledAt: Float64Array;
  /** Xid errors: pairs of a GPU's index and a code. */
  readonly xids: Float64Array;
  /** One record of `RECORD_LENGTH` numbers for each device. */
  readonly records: Float64Array;

  constructor(readonly buffer = new SharedArrayBuffer(SIZE)) {
    this.control = new Int32Array(buffer, 0, CONTROL_BYTES / Int32Array.BYTES_PER_ELEMENT);
    let offset = CONTROL_BYTES;
    const numbers = (count: number) => {
      const part = new Float64Array(buffer, offset, count);
      offset += count * NUMBER;
      return part;
    };
    this.sampledAt = numbers(1);
    this.xids = numbers(2 * MAX_XIDS);
    this.records = numbers(MAX_DEVICES * RECORD_LENGTH);
  }
}

const SIZE = CONTROL_BYTES + NUMBER * (1 + 2 * MAX_XIDS + MAX_DEVICES * RECORD_LENGTH);

/** Returns the time of the monotonic clock, which all threads of the process share, ms. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
