import type { Attributes } from '../../catalog/attributes.js';
import { resolveWorkerDevice } from '../../catalog/worker-device.js';
import { visibleDevices, type WorkerEnvironment } from '../../catalog/worker-environment.js';
import { warnOnce } from '../../common/warn-once.js';
import { isInHostPidNamespace } from '../../system/host-namespace.js';
import { isDescendantOf } from '../../system/is-descendant.js';
import { gpuUsageTracker } from './gpu-usage-tracker.js';
import { listAt, type ProcessList } from './process-lists.js';
import { firstFrom, type RecentDevice, type RecentReadings } from './recent-readings.js';
import { usageBetween } from './usage-between.js';

/** The process of a span that this process did not make, as far as it is known. */
export interface SpanProcess {
  /** Its id on this host. Only an id that cannot be that of a process elsewhere. */
  readonly pid?: number | undefined;
  /** Its start, ms since the epoch: earlier spans are those of another process that had the id. */
  readonly startedAt?: number | undefined;
  /** Name of its device: the UUID of a GPU, or the name that the process has for it. */
  readonly device?: string | undefined;
  /** Its environment, which determines which GPU that name is. */
  readonly env?: WorkerEnvironment | undefined;
}

/** Time by which clocks of one host may differ, ms: they are read at different times, and some count in steps of 10 ms. */
const CLOCK_TOLERANCE_MS = 100;
/** UUID of a GPU or of a MIG device, as the driver writes it or, like PyTorch, without its prefix. */
const UUID = /^(?:GPU-|MIG-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;

/** Returns true if there are readings of GPUs: a profiler runs. */
export const hasReadings = (): boolean => gpuUsageTracker().recent.size > 0;

/**
 * Returns the usage of the GPU of a process between two times, ms since the epoch; `undefined` if it is not known which GPU that is, or
 * without a reading.
 */
export function processUsage(origin: SpanProcess, startMs: number, endMs: number): Attributes | undefined {
  const found = find(origin, startMs, endMs);
  return found && usageBetween(found.kept, found.start, found.end, ownProcesses(origin, found.kept));
}

/** Returns true if a process used a GPU between two times, ms since the epoch, as far as readings show it by now. */
export const usesGpu = (origin: SpanProcess, startMs: number, endMs: number): boolean =>
  find(origin, startMs, endMs) !== undefined;

function find(origin: SpanProcess, startMs: number, endMs: number) {
  const tracker = gpuUsageTracker();
  const { recent } = tracker;
  if (recent.size === 0 || startMs < (origin.startedAt ?? 0) - CLOCK_TOLERANCE_MS) return undefined;
  const now = performance.now();
  const [start = now, end = now] = tracker.toElapsed(now, startMs, Math.max(startMs, endMs));
  // The clock is not the one of this host.
  if (!(end <= now + CLOCK_TOLERANCE_MS)) return undefined;
  const device = deviceOf(origin, recent, start, end);
  const kept = device === undefined ? undefined : recent.get(device);
  return kept === undefined ? undefined : { kept, start, end: Math.min(end, now) };
}

/** Returns the only GPU that the process used at that time, or the one that its span names. */
function deviceOf(
  origin: SpanProcess,
  recent: RecentReadings,
  start: number,
  end: number,
): string | undefined {
  const named = byUuid(origin.device, recent);
  if (named !== undefined) return named;
  const { pid } = origin;
  if (pid === undefined || !canMatchPids()) return undefined;
  const listing = (matches: (listed: number) => boolean) => {
    const found: string[] = [];
    for (const [device, kept] of recent) if (isListed(kept, start, end, matches)) found.push(device);
    return found;
  };
  const own = listing((listed) => listed === pid);
  const all = own.length > 0 ? own : listing((listed) => isDescendantOf(listed, pid));
  if (all.length <= 1) return all[0];
  // The list of a GPU contains the processes of its slices.
  const devices = all.filter((device) => !all.some((other) => other.startsWith(`${device}:`)));
  return devices.length <= 1 ? devices[0] : chosenDevice(devices, origin);
}

function byUuid(name: string | undefined, recent: RecentReadings): string | undefined {
  const uuid = name === undefined ? undefined : uuidIn(name);
  if (uuid === undefined) return undefined;
  for (const [device, kept] of recent)
    if (uuidIn(kept.intervals.at(-1)?.to.reading.uuid ?? '') === uuid) return device;
  return undefined;
}

const uuidIn = (text: string): string | undefined => UUID.exec(text)?.[1]?.toLowerCase();

/** Returns true if a process was on a device at a time, as far as readings around it show. */
function isListed(
  { intervals, processes }: RecentDevice,
  start: number,
  end: number,
  matches: (pid: number) => boolean,
): boolean {
  for (let i = listAt(processes, start); i < processes.length; i++) {
    const { from, pids } = processes[i] as ProcessList;
    // Of the readings after the end, the first one counts.
    if (from > end && from !== intervals[firstFrom(intervals, end)]?.to.at) return false;
    if (pids?.some(matches) === true) return true;
  }
  return false;
}

/** Returns the one of several devices that the span names. */
function chosenDevice(devices: readonly string[], { device, env }: SpanProcess): string | undefined {
  if (device !== undefined && env !== undefined) {
    const found = resolveWorkerDevice(device, visibleDevices(env, device), gpuUsageTracker().gpus())?.device;
    if (found !== undefined && devices.includes(found)) return found;
  }
  warnOnce(
    `GPU usage of spans: a process uses ${devices.join(', ')}; its spans have none unless they name the UUID of one as device`,
  );
  return undefined;
}

/** Returns the test for the processes whose usage it is: the one of the span and those that it started. */
function ownProcesses({ pid }: SpanProcess, { processes }: RecentDevice): (listed: number) => boolean {
  if (pid !== undefined) return (listed) => isDescendantOf(listed, pid);
  // The process of the span is one of them.
  const [only] = processes.at(-1)?.pids ?? [];
  return (listed) => listed === only;
}

let isInHostNamespace: boolean | undefined;

/** Returns true if the ids of processes are those that the driver reports. */
function canMatchPids(): boolean {
  isInHostNamespace ??= isInHostPidNamespace();
  return isInHostNamespace;
}
