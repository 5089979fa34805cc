import type { GpuReading } from '../../readings.js';

/** A value of a counter and when it was read, ms of `performance.now()`. */
export interface Count {
  readonly at: number;
  readonly value: number;
}

/** Counters, which are compared with those of the previous sample. */
export interface Counters {
  readonly at: number;
  readonly energyJoules: Count | undefined;
  /** Time in which the render engines of each tile were powered down, ms. */
  readonly idleMs: readonly (Count | undefined)[];
}

/** A counter cannot grow faster than time; what remains is the inaccuracy of both clocks. */
const MAX_IDLE_RATE = 1.5;

/** A counter that could not be read is compared with the next value once it can be. */
export const keepMissing = (before: Counters | undefined, now: Counters): Counters => ({
  at: now.at,
  energyJoules: now.energyJoules ?? before?.energyJoules,
  idleMs: now.idleMs.map((count, tile) => count ?? before?.idleMs[tile]),
});

/**
 * Returns the mean power, and the share of time in which the render engines were powered, as the mean of all tiles: an upper bound of
 * their utilization.
 */
export function meansOf(
  before: Counters | undefined,
  now: Counters,
): Pick<GpuReading, 'watts' | 'gpuPercent'> {
  if (before === undefined) return {};
  const joules = rate(before.energyJoules, now.energyJoules);
  const idleShares = now.idleMs.flatMap((count, tile) => {
    const idle = rate(before.idleMs[tile], count);
    return idle === undefined || idle > MAX_IDLE_RATE ? [] : Math.min(1, idle);
  });
  const idleShare = idleShares.reduce((sum, share) => sum + share, 0) / idleShares.length;
  return {
    watts: joules === undefined ? undefined : joules * 1000,
    // The mean needs every tile.
    gpuPercent:
      idleShares.length === 0 || idleShares.length < now.idleMs.length ? undefined : 100 - idleShare * 100,
  };
}

/** Returns the increase of a counter for each ms; `undefined` if it was reset. */
const rate = (before: Count | undefined, now: Count | undefined): number | undefined =>
  before === undefined || now === undefined || now.value < before.value || now.at <= before.at
    ? undefined
    : (now.value - before.value) / (now.at - before.at);
