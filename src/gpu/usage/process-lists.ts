/** Processes that held memory of a device from a reading on. */
export interface ProcessList {
  /** When the reading was taken, ms of `performance.now()`. */
  readonly from: number;
  /** `undefined` if the driver lists none. */
  readonly pids: readonly number[] | undefined;
}

/** Lists that are kept of a device. */
const MAX_LISTS = 4096;
/** Lists that are dropped at a time. */
const CHUNK = 256;

/** Adds the processes of a new reading if they differ from those before. */
export function keepProcesses(lists: ProcessList[], at: number, pids: readonly number[] | undefined): void {
  const last = lists.at(-1);
  if (last !== undefined && isSame(pids, last.pids)) return;
  lists.push({ from: at, pids });
  if (lists.length > MAX_LISTS) lists.splice(0, CHUNK);
}

/** Drops the lists that were replaced before a time, which is that of the oldest reading. */
export function dropProcessesBefore(lists: ProcessList[], at: number): void {
  const count = lists.findIndex((_, i) => (lists[i + 1]?.from ?? Number.POSITIVE_INFINITY) > at);
  if (count > 0) lists.splice(0, count);
}

/** Returns the index of the list of the last reading that was taken at a time or before; 0 if there is none. */
export function listAt(lists: readonly ProcessList[], at: number): number {
  let i = lists.length - 1;
  while (i > 0 && (lists[i] as ProcessList).from > at) i--;
  return Math.max(0, i);
}

const isSame = (one: readonly number[] | undefined, other: readonly number[] | undefined): boolean =>
  one === other ||
  (one !== undefined && one.length === other?.length && one.every((pid, index) => pid === other[index]));
