import { readFileSync } from 'node:fs';

/** The cache is cleared at this size, because processes start and end. */
const MAX_CACHED = 1024;
const MAX_GENERATIONS = 32;

const cache = new Map<number, boolean>();

/** Returns true if a process is this one or a descendant of it. On other systems than Linux: only for this one. */
export function isDescendant(pid: number): boolean {
  const known = cache.get(pid);
  if (known !== undefined) return known;
  let ancestor: number | undefined = pid;
  for (let i = 0; i < MAX_GENERATIONS && ancestor !== undefined && ancestor !== process.pid; i++) {
    ancestor = parentOf(ancestor);
  }
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(pid, ancestor === process.pid);
  return ancestor === process.pid;
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may contain parentheses and blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    const parent = Number(fields[1]);
    return parent > 0 ? parent : undefined;
  } catch {
    return undefined;
  }
}
