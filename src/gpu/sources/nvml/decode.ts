import { mebibytes } from '../../mebibytes.js';
import type { GpuIdentity, GpuProcess, GpuReading } from '../../reading.js';
import { throttleReasons } from '../../throttle-reasons.js';
import { AT, PROCESSES_AT } from './sample-memory.js';

const KILO = 1000;

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
  const reasons = value(AT.clockReasons);
  return {
    ...identity,
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
    throttleReasons: reasons === undefined ? undefined : throttleReasons(reasons),
    xids,
    processes: processes(record, at, processNames),
  };
}

/** What is not there is `NaN` in a record, whatever it is multiplied by. */
const known = (number: number): number | undefined => (Number.isNaN(number) ? undefined : number);

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
    return { pid, name, usedMib: mebibytes(known(bytes)) };
  });
}
