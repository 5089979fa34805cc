import type { Style } from '../terminal/style.js';
import type { Context } from './context.js';
import { formatAge } from './format.js';
import type { LiveGpu } from './model/live-state.js';

/** Time for which a GPU is marked after it ran out of memory, ms. */
const OOM_MARK_MS = 5 * 60_000;

/** A state in shape, word and color. */
export interface ShownState {
  readonly text: string;
  readonly style: Style;
}

/** Words for reasons of throttling, most telling first. */
const THROTTLES: readonly (readonly [RegExp, string])[] = [
  [/thermal/, 'hot'],
  [/power_brake/, 'brake'],
  [/power_cap/, 'capped'],
  [/slowdown/, 'slowed'],
];
/** Reasons that are no problem: the clocks were set so, or the GPU has nothing to do. */
const HARMLESS = /idle|application|applications_clocks|sync_boost|display/;

/** Returns what is wrong with a GPU, or that nothing is. */
export function gpuState(gpu: LiveGpu, { state, now, intervalMs }: Context): ShownState {
  if (gpu.isLost) return { text: '✖ lost', style: 'bold red' };
  const oom = state.errors.findLast(
    ({ kind, device, ts }) => kind === 'oom' && device === gpu.device && now - ts < OOM_MARK_MS,
  );
  if (oom !== undefined) return { text: `✖ oom ${formatAge(now - oom.ts)}`, style: 'bold red' };
  const silentMs = now - gpu.lastSeen;
  if (silentMs > staleAfterMs(state.host.gpuIntervalMs, intervalMs)) {
    return { text: `○ ${formatAge(silentMs)} ago`, style: 'dim' };
  }
  const reasons = gpu.throttleReasons.filter((reason) => !HARMLESS.test(reason)).join(' ');
  if (reasons === '') return { text: '✔ ok', style: 'green' };
  const [, word = 'slowed'] = THROTTLES.find(([pattern]) => pattern.test(reasons)) ?? [];
  return { text: `▲ ${word}`, style: 'bold yellow' };
}

/** Three samples missing are more than a late one. */
export const staleAfterMs = (gpuIntervalMs: number, intervalMs: number): number =>
  3 * Math.max(gpuIntervalMs, intervalMs, 1000);
