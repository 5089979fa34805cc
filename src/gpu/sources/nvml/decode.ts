import {
  type GpuIdentity,
  type GpuProcess,
  type GpuReading,
  THROTTLE_REASONS,
  type ThrottleReason,
} from '../../reading.js';
import { AT, PROCESSES_AT } from './sample-memory.js';

const MEBIBYTE = 1_048_576;
const KILO = 1000;

/** nvmlClocksEventReasons; that the GPU is idle, bit 0, is no reason to worry. */
const REASON_BITS: ReadonlyMap<ThrottleReason, number> = new Map(
  THROTTLE_REASONS.map((reason, i) => [reason, 2 << i]),
);

/** Makes a reading of a record. */
export function decodeReading(
  identity: GpuIdentity,
  record: Float64Array,
  at: number,
  processNames: ReadonlyMap<number, string>,
  xids: readonly number[] | undefined,
): GpuReading {
  const value = (field: number): number | undefined => {
    const number = record[at + field] as number;
    return Number.isNaN(number) ? undefined : number;
  };
  const scaled = (field: number, scale: number): number | undefined => {
    const number = record[at + field] as number;
    return Number.isNaN(number) ? undefined : number * scale;
  };
  return {
    device: identity.device,
    index: identity.index,
    vendor: identity.vendor,
    uuid: identity.uuid,
    name: identity.name,
    pciAddress: identity.pciAddress,
    parentUuid: identity.parentUuid,
    driverVersion: identity.driverVersion,
    cudaVersion: identity.cudaVersion,
    memoryUsedMib: mebibytes(value(AT.memoryUsed)),
    memoryTotalMib: mebibytes(value(AT.memoryTotal)),
    memoryFreeMib: mebibytes(value(AT.memoryFree)),
    memoryReservedMib: mebibytes(value(AT.memoryReserved)),
    gpuPercent: value(AT.gpu),
    memoryControllerPercent: value(AT.memoryController),
    encoderPercent: value(AT.encoder),
    decoderPercent: value(AT.decoder),
    celsius: value(AT.celsius),
    watts: scaled(AT.milliwatts, 1 / KILO),
    limitWatts: scaled(AT.limitMilliwatts, 1 / KILO),
    energyJoules: scaled(AT.millijoules, 1 / KILO),
    graphicsClockMhz: value(AT.graphicsClock),
    smClockMhz: value(AT.smClock),
    memoryClockMhz: value(AT.memoryClock),
    videoClockMhz: value(AT.videoClock),
    fanPercent: value(AT.fan),
    pcieTransmitBytesPerSecond: scaled(AT.pcieTransmit, KILO),
    pcieReceiveBytesPerSecond: scaled(AT.pcieReceive, KILO),
    eccCorrectedErrors: value(AT.eccCorrected),
    eccUncorrectedErrors: value(AT.eccUncorrected),
    throttleReasons: throttleReasons(value(AT.clockReasons)),
    xids,
    processes: processes(record, at, processNames),
  };
}

const mebibytes = (bytes: number | undefined) =>
  bytes === undefined ? undefined : Math.round(bytes / MEBIBYTE);

const NONE: readonly ThrottleReason[] = Object.freeze([]);

function throttleReasons(bits: number | undefined): readonly ThrottleReason[] | undefined {
  if (bits === undefined) return undefined;
  if (bits <= 1) return NONE;
  return THROTTLE_REASONS.filter((reason) => (bits & (REASON_BITS.get(reason) ?? 0)) !== 0);
}

function processes(
  record: Float64Array,
  at: number,
  names: ReadonlyMap<number, string>,
): readonly GpuProcess[] | undefined {
  const count = record[at + AT.processCount] as number;
  if (Number.isNaN(count)) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const pid = record[at + PROCESSES_AT + 2 * i] as number;
    const bytes = record[at + PROCESSES_AT + 2 * i + 1] as number;
    const name = names.get(pid) || undefined;
    return { pid, name, usedMib: Number.isNaN(bytes) ? undefined : Math.round(bytes / MEBIBYTE) };
  });
}
