/** How far the wall clock is ahead of `performance.now()`, from a time on. */
export interface ClockOffset {
  /** ms of `performance.now()`. */
  readonly from: number;
  /** Time since the epoch less `performance.now()`, ms. */
  readonly offset: number;
}

/** Changes up to this are those of a clock that is adjusted, ms. */
const TOLERANCE_MS = 100;
/** Changes that are remembered. */
const MAX_OFFSETS = 64;

/** Remembers the offset at a time if the wall clock has been set, or has gone on while the machine was suspended. */
export function keepOffset(offsets: ClockOffset[], from: number, wallClockMs: number): void {
  const offset = wallClockMs - from;
  const last = offsets.at(-1);
  if (last !== undefined && Math.abs(offset - last.offset) <= TOLERANCE_MS) return;
  offsets.push({ from, offset });
  if (offsets.length > MAX_OFFSETS) offsets.shift();
}

/**
 * Converts a time since the epoch, ms, to `performance.now()`, with the offset that was valid at that time. A time while the machine was
 * suspended is the end of that.
 *
 * @param now the present time, ms of `performance.now()`
 * @param offset the present offset, ms
 */
export function toElapsed(
  offsets: readonly ClockOffset[],
  wallClockMs: number,
  now: number,
  offset: number,
): number {
  let elapsed = wallClockMs - offset;
  let until = now + TOLERANCE_MS;
  for (let i = offsets.length - 1; i > 0 && !(elapsed >= fromOf(offsets, i) && elapsed <= until); i--) {
    const isBefore = elapsed < fromOf(offsets, i);
    until = fromOf(offsets, i);
    elapsed = wallClockMs - (offsets[i - 1] as ClockOffset).offset;
    // The time is after the end of one offset, and before the begin of the next.
    if (isBefore && elapsed > until) return until;
  }
  return elapsed <= until ? elapsed : wallClockMs - offset;
}

const fromOf = (offsets: readonly ClockOffset[], i: number): number => (offsets[i] as ClockOffset).from;
