import { readFileSync } from 'node:fs';

/** Positions among the fields after the name. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const PARENT_FIELD = 1;
const START_FIELD = 19;

/** What `/proc/PID/stat` has of a process. */
export interface ProcessStat {
  /** Id of its parent. */
  readonly parent: number;
  /** Time between the start of the system and its own, ticks. */
  readonly startTicks: number;
}

/** Reads a process; `undefined` if there is none with this id, and on other systems than Linux. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    // The name in parentheses may contain parentheses and blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, '').trim().split(' ');
    return { parent: Number(fields[PARENT_FIELD]), startTicks: Number(fields[START_FIELD]) };
  } catch {
    return undefined;
  }
}
