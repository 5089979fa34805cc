import type { Breaker, ErrorHead, Gpu, Problem, TraceHead } from '../contract.js';

/** Rows as they were at a moment, as far as they show that. @param at ms since 1970 */
export interface Rows {
  readonly breakers: readonly Breaker[];
  readonly errors: readonly ErrorHead[];
  readonly problems: readonly Problem[];
  readonly traces: readonly TraceHead[];
}

/** Returns rows without those that came after a moment. @param at ms since 1970 */
export const rowsAt = ({ breakers, errors, problems, traces }: Rows, at: number): Rows => ({
  breakers: breakers.map((breaker) => breakerAt(breaker, at)),
  errors: errors.filter(({ firstSeen }) => firstSeen <= at),
  problems: problems.filter(({ since }) => since <= at),
  traces: traces.filter(({ start }) => start <= at),
});

function breakerAt(breaker: Breaker, at: number): Breaker {
  const transitions = breaker.transitions.filter(({ ts }) => ts <= at);
  const { state, ts: since } = transitions.at(-1) ?? { state: 'closed', ts: Math.min(breaker.since, at) };
  return { ...breaker, state, since, transitions };
}

/** Returns a GPU without what happened to it after a moment. @param at ms since 1970 */
export const gpuAt = <G extends Gpu>(gpu: G, at: number): G => ({
  ...gpu,
  lastSeen: Math.min(gpu.lastSeen, at),
  isLost: gpu.isLost && gpu.lastSeen <= at,
  processes: gpu.processes.map(({ goneAt, ...process }) =>
    goneAt === undefined || goneAt > at ? process : { ...process, goneAt },
  ),
});
