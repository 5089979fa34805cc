import { mebibytes } from '../../mebibytes.js';
import type { GpuIdentity, GpuProcess, GpuReading } from '../../readings.js';
import { throttleReasons } from '../../throttle-reasons.js';
import { FIELD_OFFSET, PROCESSES_OFFSET } from './sample-memory.js';

const KILO = 1000;

/** Requires every key, so that none is forgotten and V8 gives all readings one shape. */
type Complete<T> = { [K in keyof Required<T>]: T[K] };

/**
 * Converts a record to a reading.
 *
 * @param offset start of the record
 * @param xids Xid errors of the device since the previous sample
 */
export function decodeReading(
  identity: GpuIdentity,
  record: Float64Array,
  offset: number,
  processNames: ReadonlyMap<number, string>,
  xids: readonly number[] | undefined,
): GpuReading {
  const value = (field: number): number | undefined => undefinedIfNaN(record[offset + field] as number);
  const scaled = (field: number, scale: number): number | undefined =>
    undefinedIfNaN((record[offset + field] as number) * scale);
  const reasons = value(FIELD_OFFSET.clockReasons);
  return {
    // Not spread: V8 would then add the other keys one by one, which costs several times as much as the driver's calls.
    device: identity.device,
    index: identity.index,
    vendor: identity.vendor,
    uuid: identity.uuid,
    name: identity.name,
    pciAddress: identity.pciAddress,
    parentUuid: identity.parentUuid,
    driverVersion: identity.driverVersion,
    cudaVersion: identity.cudaVersion,
    memoryUsedMib: mebibytes(value(FIELD_OFFSET.memoryUsed)),
    memoryTotalMib: mebibytes(value(FIELD_OFFSET.memoryTotal)),
    memoryFreeMib: mebibytes(value(FIELD_OFFSET.memoryFree)),
    memoryReservedMib: mebibytes(value(FIELD_OFFSET.memoryReserved)),
    gpuPercent: value(FIELD_OFFSET.gpu),
    memoryControllerPercent: value(FIELD_OFFSET.memoryController),
    encoderPercent: value(FIELD_OFFSET.encoder),
    decoderPercent: value(FIELD_OFFSET.decoder),
    celsius: value(FIELD_OFFSET.celsius),
    watts: scaled(FIELD_OFFSET.milliwatts, 1 / KILO),
    limitWatts: scaled(FIELD_OFFSET.limitMilliwatts, 1 / KILO),
    energyJoules: scaled(FIELD_OFFSET.millijoules, 1 / KILO),
    graphicsClockMhz: value(FIELD_OFFSET.graphicsClock),
    smClockMhz: value(FIELD_OFFSET.smClock),
    memoryClockMhz: value(FIELD_OFFSET.memoryClock),
    videoClockMhz: value(FIELD_OFFSET.videoClock),
    fanPercent: value(FIELD_OFFSET.fan),
    pcieTransmitBytesPerSecond: scaled(FIELD_OFFSET.pcieTransmit, KILO),
    pcieReceiveBytesPerSecond: scaled(FIELD_OFFSET.pcieReceive, KILO),
    eccCorrectedErrors: value(FIELD_OFFSET.eccCorrected),
    eccUncorrectedErrors: value(FIELD_OFFSET.eccUncorrected),
    throttleReasons: reasons === undefined ? undefined : throttleReasons(reasons),
    xids,
    processes: decodeProcesses(record, offset, processNames),
  } satisfies Complete<GpuReading>;
}

const undefinedIfNaN = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

function decodeProcesses(
  record: Float64Array,
  offset: number,
  names: ReadonlyMap<number, string>,
): readonly GpuProcess[] | undefined {
  const count = record[offset + FIELD_OFFSET.processCount] as number;
  if (Number.isNaN(count)) return undefined;
  const processes: GpuProcess[] = [];
  for (let i = 0; i < count; i++) {
    const pid = record[offset + PROCESSES_OFFSET + 2 * i] as number;
    const bytes = record[offset + PROCESSES_OFFSET + 2 * i + 1] as number;
    processes.push({ pid, name: names.get(pid) || undefined, usedMib: mebibytes(undefinedIfNaN(bytes)) });
  }
  return processes;
}
