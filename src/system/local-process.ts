import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import { processStat } from './process-stat.js';

/** A process of this host. */
export interface LocalProcess {
  /** Id of its parent. */
  readonly parent: number;
  /** Its start, ms since the epoch. */
  readonly startedAt: number;
  /** Time between the start of the system and its own, ticks: processes that have the same id one after the other differ in it. */
  readonly startTicks: number;
  /** True if it is in a container, where it has another id. */
  readonly isContained: boolean;
}

interface Known {
  readonly process: LocalProcess | undefined;
  readonly readAt: number;
}

/** Time after which a process is read again, ms. */
const KEPT_MS = 1000;
/** Time for which a process that has ended is remembered, ms: its last spans come after its end. */
const ENDED_MS = 60_000;
const MAX_CACHED = 1024;
/** Ticks of the clock in a second, of every architecture that GPUs are used with. */
const TICKS_PER_SECOND = 100;

const cache = new Map<number, Known>();

/** Returns the process with an id, also a short time after its end; `undefined` if there is none, and on other systems than Linux. */
export function localProcess(pid: number): LocalProcess | undefined {
  const now = performance.now();
  const known = cache.get(pid);
  if (known !== undefined && now - known.readAt < KEPT_MS) return known.process;
  const process = read(pid);
  if (process === undefined && known?.process !== undefined && now - known.readAt < ENDED_MS)
    return known.process;
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(pid, { process, readAt: now });
  return process;
}

function read(pid: number): LocalProcess | undefined {
  const stat = processStat(pid);
  if (stat === undefined) return undefined;
  try {
    const [, ids = ''] = /^NSpid:(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return {
      ...stat,
      startedAt: Date.now() - (uptime() - stat.startTicks / TICKS_PER_SECOND) * 1000,
      isContained: ids.trim().split(/\s+/).length > 1,
    };
  } catch {
    return undefined;
  }
}
