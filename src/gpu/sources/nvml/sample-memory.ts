// What the thread that calls NVML and the main thread share: a sample as plain numbers, NaN where there is none.

import { MAX_PROCESSES } from '../../readings.js';

/** More than any host has: 16 GPUs of 7 slices each. */
export const MAX_DEVICES = 128;
/** Xid errors that wait to be taken; what comes on top stays with the driver until then. */
export const MAX_XIDS = 64;

/** The words that the threads talk through. */
export const CONTROL = {
  /** Number of the last request. */
  requested: 0,
  /** What is requested: a `REQUEST`. */
  request: 1,
  /** 1 while the thread may be inside of a native call. */
  busy: 2,
  /** A `STOP` when the thread must not begin anything any more; until then 0. */
  stop: 3,
  /** Time between samples, ms; 0: there is no such plan. */
  paceMs: 4,
  /** Xid errors that were not taken yet. */
  xids: 5,
} as const;

/** To shut NVML down; or to leave all as it is, for the process ends. */
export const STOP = { toClose: 1, atExit: 2 } as const;

export const REQUEST = { look: 1, sample: 2, glance: 3 } as const;
export type Request = keyof typeof REQUEST;

const FIELDS = [
  'memoryTotal',
  'memoryReserved',
  'memoryFree',
  'memoryUsed',
  'gpu',
  'memoryController',
  'encoder',
  'decoder',
  'celsius',
  'milliwatts',
  'limitMilliwatts',
  'millijoules',
  'graphicsClock',
  'smClock',
  'memoryClock',
  'videoClock',
  'clockReasons',
  'fan',
  'pcieTransmit',
  'pcieReceive',
  'eccCorrected',
  'eccUncorrected',
  'processCount',
] as const;
type Field = (typeof FIELDS)[number];

/** Where each number of a device's record is, from its beginning. Bytes, percent, MHz, KB/s, counts, unless named so. */
export const FIELD_OFFSET = Object.fromEntries(FIELDS.map((field, at) => [field, at])) as Readonly<
  Record<Field, number>
>;
/** Behind the fields: process number and bytes of each process. */
export const PROCESSES_AT = FIELDS.length;
export const RECORD_LENGTH = PROCESSES_AT + 2 * MAX_PROCESSES;

const CONTROL_BYTES = 64;
const NUMBER = Float64Array.BYTES_PER_ELEMENT;

export class SampleMemory {
  readonly control: Int32Array;
  /** When the sample was taken, ms of the monotonic clock that all threads share. */
  readonly takenAt: Float64Array;
  /** Pairs of a GPU's index and an Xid error of it. */
  readonly xids: Float64Array;
  /** One record of `RECORD_LENGTH` for each device. */
  readonly records: Float64Array;

  constructor(readonly buffer = new SharedArrayBuffer(SIZE)) {
    this.control = new Int32Array(buffer, 0, CONTROL_BYTES / Int32Array.BYTES_PER_ELEMENT);
    let at = CONTROL_BYTES;
    const numbers = (count: number) => {
      const part = new Float64Array(buffer, at, count);
      at += count * NUMBER;
      return part;
    };
    this.takenAt = numbers(1);
    this.xids = numbers(2 * MAX_XIDS);
    this.records = numbers(MAX_DEVICES * RECORD_LENGTH);
  }
}

const SIZE = CONTROL_BYTES + NUMBER * (1 + 2 * MAX_XIDS + MAX_DEVICES * RECORD_LENGTH);

/** Ms of the clock that all threads share. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
