import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Creates a folder with `/proc` of a host and the kubelet's links to the logs of containers. */
export async function fakeHostRoot() {
  const root = await mkdtemp(join(tmpdir(), 'host-root-'));
  await mkdir(join(root, 'proc/self/ns'), { recursive: true });
  await symlink('pid:[4026531836]', join(root, 'proc/self/ns/pid'));
  return {
    root,
    /** Starts a process. @param startedAt ticks of the clock since boot */
    process: async (pid: number, cgroup: string, startedAt = 100) => {
      const folder = join(root, 'proc', String(pid));
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'cgroup'), `${cgroup}\n`);
      // Names may contain blanks and parentheses.
      const before = Array.from({ length: 18 }, () => '0').join(' ');
      await writeFile(join(folder, 'stat'), `${pid} (python (3) x) S ${before} ${startedAt} 0 0\n`);
    },
    /** Writes the link to the log of a container. */
    log: async (pod: string, namespace: string, container: string, containerId: string) => {
      const folder = join(root, 'var/log/containers');
      await mkdir(folder, { recursive: true });
      await symlink('/nowhere', join(folder, `${pod}_${namespace}_${container}-${containerId}.log`));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Returns the pod's UID and a container id that end with a digit, and the process's cgroup of systemd and containerd. */
export function fakeContainer(digit: number) {
  const podUid = `0f8fad5b-d9cb-469f-a165-70867728950${digit}`;
  const containerId = `${'ab12'.repeat(15)}abc${digit}`;
  const slice = `kubepods-besteffort-pod${podUid.replaceAll('-', '_')}.slice`;
  return {
    podUid,
    containerId,
    cgroup: `0::/kubepods.slice/kubepods-besteffort.slice/${slice}/cri-containerd-${containerId}.scope`,
  };
}
