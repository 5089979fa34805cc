import type { Channel } from 'node:diagnostics_channel';
import { channelOf, execute, publish } from '../bus/bus.js';
import { GPU_STATUSES, type GpuStatus } from '../catalog/gpu-status.js';
import { THROTTLE_REASONS, type ThrottleReason } from '../catalog/throttle-reasons.js';
import { omitUndefined } from '../common/omit-undefined.js';
import { type GpuIdentity, identityMetadata } from './identity.js';
import type { CachedMetadata } from './metadata-cache.js';
import type { ProcessMetadata } from './pods/process-metadata.js';
import {
  GPU_READINGS,
  type GpuNumericReadings,
  type GpuProcess,
  type GpuReading,
  PROCESS_UTILIZATION,
} from './readings.js';

/** An event that carries readings, compiled from {@link GPU_READINGS} and the catalog. */
interface ReadingEvent {
  readonly name: string;
  readonly channel: Channel;
  readonly measurements: readonly {
    readonly reading: keyof GpuNumericReadings;
    readonly name: string;
  }[];
}

const MEMORY = 'snakepit.gpu.memory.sampled';
const UTILIZATION = 'snakepit.gpu.utilization.sampled';

const NOT_THROTTLED = Object.fromEntries(THROTTLE_REASONS.map((reason) => [reason, 0])) as Record<
  ThrottleReason,
  number
>;
const READING_EVENTS: readonly ReadingEvent[] = readingEvents();

/** Publishes one event per group of readings of a device, for the readings that are known. */
export function publishReading(reading: GpuReading, cached: CachedMetadata, intervalMs: number): void {
  const { identity } = cached;
  const {
    memoryUsedMib: used,
    memoryTotalMib: total,
    throttleReasons,
    status,
    xids,
    processes,
    holders,
  } = reading;
  const memoryFraction = used === undefined || !total ? undefined : used / total;

  for (const { name, channel, measurements } of READING_EVENTS) {
    if (!channel.hasSubscribers) continue;
    let known = measure(reading, measurements);
    let metadata: object = identity;
    if (memoryFraction !== undefined) {
      if (name === MEMORY) metadata = { ...identity, utilization: memoryFraction };
      else if (name === UTILIZATION) {
        known ??= {};
        known.memory_percent = memoryFraction * 100;
      }
    }
    if (known !== undefined) publish(channel, name, known, metadata);
  }
  if (throttleReasons !== undefined) publishThrottling(throttleReasons, identity);
  if (status !== undefined) execute('snakepit.gpu.status.sampled', statesOf(status), identity);
  if (xids !== undefined) publishXids(reading, xids, intervalMs);
  if (processes !== undefined) {
    const metadata = cached.ofProcesses(processes);
    processes.forEach((process, i) => {
      publishProcess(process, metadata[i] as ProcessMetadata);
    });
  }
  for (const holder of holders ?? []) execute('snakepit.gpu.pod.sampled', {}, cached.ofHolder(holder));
}

/** Publishes a process if its memory or its use of the GPU is known. */
function publishProcess(process: GpuProcess, metadata: ProcessMetadata): void {
  const { usedMib } = process;
  if (usedMib === undefined && PROCESS_UTILIZATION.every((key) => process[key] === undefined)) return;
  const measurements = {
    used_mb: usedMib,
    gpu_percent: process.gpuPercent,
    memory_controller_percent: process.memoryControllerPercent,
    encoder_percent: process.encoderPercent,
    decoder_percent: process.decoderPercent,
  };
  execute('snakepit.gpu.process.sampled', omitUndefined(measurements), metadata);
}

/** Publishes critical errors of a device, which may be lost. */
export function publishXids(device: GpuIdentity, xids: readonly number[], intervalMs: number): void {
  const identity = identityMetadata(device, intervalMs);
  for (const xid of xids) execute('snakepit.gpu.xid.raised', {}, { ...identity, xid });
}

const statesOf = (status: GpuStatus) =>
  Object.fromEntries(GPU_STATUSES.map((each) => [each, each === status ? 1 : 0])) as Record<
    GpuStatus,
    number
  >;

function publishThrottling(
  reasons: readonly ThrottleReason[],
  identity: ReturnType<typeof identityMetadata>,
): void {
  const states = { ...NOT_THROTTLED };
  for (const reason of reasons) states[reason] = 1;
  execute('snakepit.gpu.throttle.sampled', states, identity);
}

/**
 * Returns the known measurements of an event; `undefined` if there are none. Each stands alone: a driver that reports no power may
 * report a power limit.
 */
function measure(
  reading: GpuReading,
  measurements: ReadingEvent['measurements'],
): Record<string, number> | undefined {
  let known: Record<string, number> | undefined;
  for (const { reading: key, name } of measurements) {
    const value = reading[key];
    if (value === undefined) continue;
    known ??= {};
    known[name] = value;
  }
  return known;
}

function readingEvents(): ReadingEvent[] {
  const rows = Object.entries(GPU_READINGS);
  return [...new Set(rows.map(([, { event }]) => event))].map((name) => ({
    name,
    channel: channelOf(name),
    measurements: rows
      .filter(([, { event }]) => event === name)
      .map(([key, { measurement }]) => ({ reading: key as keyof GpuNumericReadings, name: measurement })),
  }));
}
