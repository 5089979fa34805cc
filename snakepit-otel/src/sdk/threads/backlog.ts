/** Spans of all threads that wait for the thread that exports them: it may be blocked. */
const MAX_WAITING = 8192;
const WAITING = 0;
const DROPPED = 1;

/** Numbers of spans that wait, and that were dropped. All threads share its memory. */
export type Backlog = Int32Array;

/** Creates the numbers. */
export const createBacklog = (): Backlog =>
  new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));

/** Counts spans to send. Returns false, and counts them as dropped, if too many wait. */
export function enter(backlog: Backlog, count: number): boolean {
  if (Atomics.load(backlog, WAITING) + count > MAX_WAITING) {
    drop(backlog, count);
    return false;
  }
  Atomics.add(backlog, WAITING, count);
  return true;
}

/** Counts spans that have arrived. */
export const leave = (backlog: Backlog, count: number): void => {
  Atomics.sub(backlog, WAITING, count);
};

/** Counts spans that are not sent. */
export const drop = (backlog: Backlog, count: number): void => {
  Atomics.add(backlog, DROPPED, count);
};

/** Returns the number of spans that were dropped since the last call. */
export const takeDropped = (backlog: Backlog): number => Atomics.exchange(backlog, DROPPED, 0);
