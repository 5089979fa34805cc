import { readFileSync } from 'node:fs';

/** Processes start and end; what is remembered of them is thrown away in time. */
const MAX_REMEMBERED = 1024;
const MAX_GENERATIONS = 32;

const remembered = new Map<number, boolean>();

/** Whether a process is this one, or was started by it, directly or not. Only Linux tells of others. */
export function isDescendant(pid: number): boolean {
  const known = remembered.get(pid);
  if (known !== undefined) return known;
  let ancestor: number | undefined = pid;
  for (let i = 0; i < MAX_GENERATIONS && ancestor !== undefined && ancestor !== process.pid; i++) {
    ancestor = parentOf(ancestor);
  }
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(pid, ancestor === process.pid);
  return ancestor === process.pid;
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may itself hold parentheses and blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    const parent = Number(fields[1]);
    return parent > 0 ? parent : undefined;
  } catch {
    return undefined;
  }
}
