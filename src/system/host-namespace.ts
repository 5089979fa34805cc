import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The host's PID namespace, with `PROC_PID_INIT_INO` of the kernel. */
const HOST_NAMESPACE = 'pid:[4026531836]';

/**
 * Returns true if process IDs of this process are those of the host, which drivers use. In a container they are other processes'.
 *
 * @param proc folder of processes. @default '/proc'
 */
export function isInHostPidNamespace(proc = '/proc'): boolean {
  try {
    return readlinkSync(join(proc, 'self/ns/pid')) === HOST_NAMESPACE;
  } catch {
    return false;
  }
}
