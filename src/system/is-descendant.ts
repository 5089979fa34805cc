import { processStat } from './process-stat.js';

/** The cache is cleared at this size, because processes start and end. */
const MAX_CACHED = 1024;
const MAX_GENERATIONS = 32;
/** Time after which ancestors are read again, ms: another process may have the id by then. */
const KEPT_MS = 10_000;

interface Ancestors {
  readonly pids: readonly number[];
  readonly readAt: number;
}

const cache = new Map<number, Ancestors>();

/** Returns true if a process is this one or a descendant of it. On other systems than Linux: only for this one. */
export const isDescendant = (pid: number): boolean => isDescendantOf(pid, process.pid);

/** Returns true if a process is `ancestor` or a descendant of it. On other systems than Linux: only for `ancestor` itself. */
export const isDescendantOf = (pid: number, ancestor: number): boolean =>
  pid === ancestor || ancestorsOf(pid).includes(ancestor);

function ancestorsOf(pid: number): readonly number[] {
  const now = performance.now();
  const known = cache.get(pid);
  if (known !== undefined && now - known.readAt < KEPT_MS) return known.pids;
  const pids: number[] = [];
  for (
    let parent = parentOf(pid);
    parent !== undefined && pids.length < MAX_GENERATIONS;
    parent = parentOf(parent)
  )
    pids.push(parent);
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(pid, { pids, readAt: now });
  return pids;
}

function parentOf(pid: number): number | undefined {
  const { parent = 0 } = processStat(pid) ?? {};
  return parent > 0 ? parent : undefined;
}
