import type { Attributes } from '../../catalog/attributes.js';
import { warnOnce } from '../../common/warn-once.js';
import { isDescendant } from '../../system/is-descendant.js';
import type { GpuReading } from '../readings.js';
import { AUTO, type SpanGpu } from './span-gpu.js';
import {
  accumulatedAttributes,
  addInterval,
  createAccumulator,
  FRESH_MS,
  type GpuInterval,
  intervalOf,
  newestReading,
  type TimedReading,
  type UsageAccumulator,
} from './usage-accumulator.js';

/** GPU usage of one span so far. Plain data: all copies of this package in the process share it. */
export interface SpanGpuUsage {
  readonly gpu: SpanGpu;
  /** Start of the span, ms of `performance.now()`. */
  readonly startedAt: number;
  /** End of the span, ms of `performance.now()`; infinite while it is open. */
  endedAt: number;
  /** Usage of the nearest open span that this one is part of. */
  parent: SpanGpuUsage | undefined;
  /** True if another span, neither around it nor inside it, was open on the same device. */
  isShared: boolean;
  /** By device. */
  readonly accumulators: Map<string, UsageAccumulator>;
}

/**
 * @param parent usage of the span that this one is part of
 * @param newest newest reading by device
 */
export function createUsage(
  gpu: SpanGpu,
  parent: SpanGpuUsage | undefined,
  newest: ReadonlyMap<string, TimedReading>,
): SpanGpuUsage {
  const usage: SpanGpuUsage = {
    gpu,
    startedAt: performance.now(),
    endedAt: Number.POSITIVE_INFINITY,
    parent: nearestOpen(parent),
    isShared: false,
    accumulators: new Map(),
  };
  for (let each = usage.parent; each !== undefined; each = each.parent)
    each.parent = nearestOpen(each.parent);
  if (gpu === AUTO) for (const timed of newest.values()) addInitialReading(usage, timed);
  else addInitialReading(usage, newest.get(gpu));
  return usage;
}

/** Adds an interval of a device that the span may use. */
export function addToUsage(usage: SpanGpuUsage, interval: GpuInterval): void {
  const { device } = interval.to.reading;
  addInterval(
    usage.accumulators.get(device) ?? createDeviceAccumulator(usage, device),
    interval,
    usage.endedAt,
  );
}

/** Marks the span as ended now. The first reading after the end still counts. */
export function endUsage(usage: SpanGpuUsage): void {
  usage.endedAt = performance.now();
}

/** Returns true if a device that the span may use has a reading for its start and one for its end. */
export function hasBothEnds({ gpu, accumulators }: SpanGpuUsage): boolean {
  for (const [device, { samples }] of accumulators) {
    if ((gpu === AUTO || device === gpu) && samples >= 2) return true;
  }
  return false;
}

export function usageAttributes(usage: SpanGpuUsage): Attributes {
  const device = usage.gpu === AUTO ? usedDevice(usage) : usage.gpu;
  const accumulator = device === undefined ? undefined : usage.accumulators.get(device);
  if (device === undefined || accumulator === undefined) return {};
  const attributes = accumulatedAttributes(accumulator, device, usage.endedAt);
  if (attributes === undefined) return {};
  if (usage.isShared) attributes['snakepit.gpu.shared'] = true;
  return attributes;
}

function addInitialReading(usage: SpanGpuUsage, before: TimedReading | undefined): void {
  if (before === undefined) return;
  const accumulator = createDeviceAccumulator(usage, before.reading.device, before.reading);
  const { startedAt } = usage;
  // A reading this fresh stands for the one at the start: none was requested.
  if (startedAt - before.at < FRESH_MS)
    addInterval(accumulator, intervalOf(undefined, { ...before, at: startedAt }));
}

function createDeviceAccumulator(
  { accumulators, startedAt }: SpanGpuUsage,
  device: string,
  before?: GpuReading,
): UsageAccumulator {
  const accumulator = createAccumulator(startedAt, before);
  accumulators.set(device, accumulator);
  return accumulator;
}

const hasEnded = ({ endedAt }: SpanGpuUsage): boolean => endedAt !== Number.POSITIVE_INFINITY;

/** Skips ended parents: a chain of steps, each begun by the one before, must not retain all of them. */
function nearestOpen(usage: SpanGpuUsage | undefined): SpanGpuUsage | undefined {
  let open = usage;
  while (open !== undefined && hasEnded(open)) open = open.parent;
  return open;
}

/** Returns the only GPU, or else the only one on which this process or a descendant of it holds memory. */
function usedDevice({ accumulators }: SpanGpuUsage): string | undefined {
  const devices = [...accumulators.keys()];
  if (devices.length <= 1) return devices[0];
  const own = [...accumulators]
    .filter(([, accumulator]) => newestReading(accumulator)?.processes?.some(({ pid }) => isDescendant(pid)))
    .map(([device]) => device);
  if (own.length === 1) return own[0];
  warnOnce(
    `GPU usage of spans: cannot determine which of ${devices.join(', ')} they use; set the device instead of '${AUTO}'`,
  );
  return undefined;
}
