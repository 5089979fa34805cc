import type { ErrorHead } from '../../contract.js';
import type { GpuInfo } from '../data/gpu-model.js';
import { formatAge } from '../format.js';

export interface GpuStatus {
  readonly level: 'bad' | 'warn' | 'stale';
  readonly text: string;
  /** Shorter text for a tile. */
  readonly short: string;
  readonly age?: string;
}

/** An error is part of the status of its GPU for so long. */
export const RECENT_MS = 300_000;

const THROTTLES: Readonly<Record<string, string>> = {
  sw_power_cap: 'Power cap',
  hw_slowdown: 'Slowdown',
  hw_thermal_slowdown: 'Thermal slowdown',
  sw_thermal_slowdown: 'Thermal slowdown',
  hw_power_brake_slowdown: 'Power brake',
  sync_boost: 'Sync boost',
  gpu_idle: 'Idle clocks',
};
/** Reasons that need no attention. */
const NORMAL = new Set(['gpu_idle', 'applications_clocks_setting', 'display_clock_setting', 'none']);

/** Returns what is wrong with a GPU, the worst first; `undefined` if nothing is. */
export function gpuStatus(
  info: GpuInfo,
  errors: readonly ErrorHead[],
  now: number,
  intervalMs: number,
): GpuStatus | undefined {
  const silent = now - info.lastSeen;
  if (info.isLost) return { level: 'bad', text: 'Lost', short: 'Lost', age: `${formatAge(silent)} ago` };
  const oom = lastOom(info.device, errors);
  if (oom !== undefined && now - oom.ts < RECENT_MS)
    return { level: 'bad', text: 'Out of memory', short: 'OOM', age: `${formatAge(now - oom.ts)} ago` };
  if (silent > 3 * intervalMs + 1000)
    return { level: 'stale', text: `Last seen ${formatAge(silent)} ago`, short: 'Stale' };
  const reason = info.throttleReasons.find((candidate) => !NORMAL.has(candidate));
  if (reason === undefined) return undefined;
  const text = THROTTLES[reason] ?? reason.replaceAll('_', ' ');
  return {
    level: 'warn',
    text,
    short: /cap|brake/i.test(text) ? 'Cap' : /thermal/i.test(text) ? 'Hot' : 'Slow',
  };
}

/** True if readings of the GPU are older than three samples. */
export function isStale(info: GpuInfo, now: number, intervalMs: number): boolean {
  return info.isLost || now - info.lastSeen > 3 * intervalMs + 1000;
}

export function lastOom(device: string, errors: readonly ErrorHead[]): ErrorHead | undefined {
  return errors.find((error) => error.device === device && isOom(error));
}

export function isOom({ kind, type }: Pick<ErrorHead, 'kind' | 'type'>): boolean {
  return /oom|out_?of_?memory/i.test(`${kind} ${type}`);
}
