import { toMebibytes } from '../../../common/units.js';
import type { GpuIdentity } from '../../identity.js';
import type { GpuProcess, GpuReading } from '../../readings.js';
import { throttleReasons } from '../../throttle-reasons.js';
import { FIELD_OFFSET, PROCESSES_AT } from './sample-memory.js';

const KILO = 1000;

/** With every key, so that none is forgotten and all readings have one shape. */
type Whole<T> = { [K in keyof Required<T>]: T[K] };

/** Makes a reading of a record. */
export function decodeReading(
  identity: GpuIdentity,
  record: Float64Array,
  at: number,
  processNames: ReadonlyMap<number, string>,
  xids: readonly number[] | undefined,
): GpuReading {
  const value = (field: number): number | undefined => known(record[at + field] as number);
  const scaled = (field: number, scale: number): number | undefined =>
    known((record[at + field] as number) * scale);
  const reasons = value(FIELD_OFFSET.clockReasons);
  return {
    // Not spread: what comes behind would be added one by one, at several times the cost of the driver's answers.
    device: identity.device,
    index: identity.index,
    vendor: identity.vendor,
    uuid: identity.uuid,
    name: identity.name,
    pciAddress: identity.pciAddress,
    parentUuid: identity.parentUuid,
    driverVersion: identity.driverVersion,
    cudaVersion: identity.cudaVersion,
    memoryUsedMib: toMebibytes(value(FIELD_OFFSET.memoryUsed)),
    memoryTotalMib: toMebibytes(value(FIELD_OFFSET.memoryTotal)),
    memoryFreeMib: toMebibytes(value(FIELD_OFFSET.memoryFree)),
    memoryReservedMib: toMebibytes(value(FIELD_OFFSET.memoryReserved)),
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
    processes: processes(record, at, processNames),
  } satisfies Whole<GpuReading>;
}

/** What is not there is `NaN` in a record, whatever it is multiplied by. */
const known = (number: number): number | undefined => (Number.isNaN(number) ? undefined : number);

function processes(
  record: Float64Array,
  at: number,
  names: ReadonlyMap<number, string>,
): readonly GpuProcess[] | undefined {
  const count = record[at + FIELD_OFFSET.processCount] as number;
  if (Number.isNaN(count)) return undefined;
  const listed: GpuProcess[] = [];
  for (let i = 0; i < count; i++) {
    const pid = record[at + PROCESSES_AT + 2 * i] as number;
    const bytes = record[at + PROCESSES_AT + 2 * i + 1] as number;
    listed.push({ pid, name: names.get(pid) || undefined, usedMib: toMebibytes(known(bytes)) });
  }
  return listed;
}
