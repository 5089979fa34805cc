import { toMebibytes } from '../../../common/units.js';
import type { GpuIdentity } from '../../identity.js';
import {
  type GpuNumericReadings,
  type GpuProcess,
  type GpuReading,
  NUMERIC_READINGS,
  PROCESS_UTILIZATION,
} from '../../readings.js';
import { gpuStatus } from '../../status.js';
import { throttleReasons } from '../../throttle-reasons.js';
import { FIELD_OFFSET, PROCESS_LENGTH, PROCESS_OFFSET, PROCESSES_OFFSET } from './sample-memory.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Has every key, so that V8 gives all readings one shape. */
const EMPTY: GpuReading = {
  device: '',
  index: 0,
  vendor: 'nvidia',
  uuid: undefined,
  name: undefined,
  pciAddress: undefined,
  parentUuid: undefined,
  computePartition: undefined,
  gpuInstanceId: undefined,
  holders: undefined,
  driverVersion: undefined,
  firmwareVersion: undefined,
  serialNumber: undefined,
  cudaVersion: undefined,
  computeCapability: undefined,
  ...(Object.fromEntries(NUMERIC_READINGS.map((key) => [key, undefined])) as Record<
    keyof GpuNumericReadings,
    undefined
  >),
  throttleReasons: undefined,
  status: undefined,
  xids: undefined,
  processes: undefined,
} satisfies { [K in keyof Required<GpuReading>]: GpuReading[K] };

/**
 * Converts a record to a reading.
 *
 * @param offset start of the record
 * @param xids Xid errors of the device since the previous sample
 * @param hadFatalXid true if the driver reported an error that takes a reset to recover from
 */
export function decodeReading(
  identity: GpuIdentity,
  record: Float64Array,
  offset: number,
  processNames: ReadonlyMap<number, string>,
  xids: readonly number[] | undefined,
  hadFatalXid: boolean,
): GpuReading {
  const reading: Mutable<GpuReading> = { ...EMPTY };
  reading.device = identity.device;
  reading.index = identity.index;
  reading.uuid = identity.uuid;
  reading.name = identity.name;
  reading.pciAddress = identity.pciAddress;
  reading.parentUuid = identity.parentUuid;
  reading.gpuInstanceId = identity.gpuInstanceId;
  reading.driverVersion = identity.driverVersion;
  reading.firmwareVersion = identity.firmwareVersion;
  reading.serialNumber = identity.serialNumber;
  reading.cudaVersion = identity.cudaVersion;
  reading.computeCapability = identity.computeCapability;
  // A record begins with these, in this order.
  for (let i = 0; i < NUMERIC_READINGS.length; i++) {
    const value = record[offset + i] as number;
    if (!Number.isNaN(value)) reading[NUMERIC_READINGS[i] as keyof GpuNumericReadings] = value;
  }
  const reasons = record[offset + FIELD_OFFSET.clockReasons] as number;
  if (!Number.isNaN(reasons)) reading.throttleReasons = throttleReasons(reasons);
  reading.status = identity.parentUuid === undefined ? gpuStatus(reading, hadFatalXid) : undefined;
  reading.xids = xids;
  reading.processes = decodeProcesses(record, offset, processNames);
  return reading;
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
    const entry = offset + PROCESSES_OFFSET + PROCESS_LENGTH * i;
    const pid = record[entry + PROCESS_OFFSET.pid] as number;
    const bytes = record[entry + PROCESS_OFFSET.bytes] as number;
    const process: Mutable<GpuProcess> = {
      pid,
      name: names.get(pid) || undefined,
      usedMib: toMebibytes(undefinedIfNaN(bytes)),
    };
    PROCESS_UTILIZATION.forEach((key, at) => {
      const percent = record[entry + PROCESS_OFFSET.utilization + at] as number;
      if (!Number.isNaN(percent)) process[key] = percent;
    });
    processes.push(process);
  }
  return processes;
}
