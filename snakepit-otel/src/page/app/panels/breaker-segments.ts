import type { Breaker } from '../../contract.js';

/** Time in one state, as parts of the range from 0 to 1. */
export interface Segment {
  readonly state: Breaker['state'];
  readonly from: number;
  readonly to: number;
}

/** More segments than this are too narrow to be seen. */
const MOST_SEGMENTS = 100;

/** Splits the range into the states of a breaker, the newest of them. The time before its first known state is left out. */
export function breakerSegments(breaker: Breaker, from: number, to: number): Segment[] {
  const transitions =
    breaker.transitions.length > 0 ? breaker.transitions : [{ ts: breaker.since, state: breaker.state }];
  const place = (ts: number) => Math.min(1, Math.max(0, (ts - from) / (to - from)));
  return transitions
    .map(({ ts, state }, index) => ({
      state,
      from: place(ts),
      to: place(transitions[index + 1]?.ts ?? to),
    }))
    .filter((segment) => segment.to > segment.from)
    .slice(-MOST_SEGMENTS);
}
