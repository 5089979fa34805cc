/** The container of a process, as its cgroups name it. */
export interface CgroupIds {
  /** UID of the pod, with hyphens; of a static pod 32 hexadecimal digits. */
  readonly podUid?: string;
  /** Id of the container, 64 hexadecimal digits. */
  readonly containerId?: string;
}

/** systemd has underscores in place of hyphens. Static pods have a hash. */
const POD =
  /pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12}|[0-9a-f]{32})(?![0-9a-f])/g;
const CONTAINER = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g;

/**
 * Reads pod and container from a `/proc/PID/cgroup`. The last ones count: a node that is a container itself comes first.
 *
 * @param text hierarchies of cgroup v1, or the one of v2
 */
export function parseCgroup(text: string): CgroupIds {
  const podUid = [...text.matchAll(POD)].at(-1)?.[1]?.replaceAll('_', '-');
  const containerId = text.match(CONTAINER)?.at(-1);
  return { ...(podUid !== undefined && { podUid }), ...(containerId !== undefined && { containerId }) };
}
