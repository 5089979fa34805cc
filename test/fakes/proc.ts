import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** `/proc/self/ns/pid` of a process on the host. */
const HOST_NAMESPACE = 'pid:[4026531836]';

interface FakeDescriptor {
  /** Target of the link, such as `/dev/dri/renderD128`. */
  readonly target: string;
  /** Text of `fdinfo`. */
  readonly info?: string;
}

/** Writes the folders of processes below `folder`, which acts as `/proc`. */
export function fakeProc(folder: string) {
  const path = (...names: (string | number)[]) => join(folder, ...names.map(String));
  return {
    folder,
    /** Sets the namespace of process IDs that the reading process is in, and starts its first process. */
    namespace: async (name = HOST_NAMESPACE) => {
      await mkdir(path('self/ns'), { recursive: true });
      await symlink(name, path('self/ns/pid'));
      await mkdir(path(1, 'fd'), { recursive: true });
    },
    /** Writes a process with its open descriptors, in place of those it had. */
    process: async (pid: number, descriptors: Record<number, FakeDescriptor>, name = 'python3') => {
      await rm(path(pid), { recursive: true, force: true });
      await mkdir(path(pid, 'fd'), { recursive: true });
      await mkdir(path(pid, 'fdinfo'));
      await writeFile(path(pid, 'comm'), `${name}\n`);
      for (const [number, { target, info = 'pos:\t0\nflags:\t0100002\n' }] of Object.entries(descriptors)) {
        await symlink(target, path(pid, 'fd', number));
        await writeFile(path(pid, 'fdinfo', number), info);
      }
    },
    /** Writes what the kernel reports of a descriptor now. */
    info: (pid: number, number: number, info: string) => writeFile(path(pid, 'fdinfo', number), info),
    end: (pid: number) => rm(path(pid), { recursive: true }),
  };
}

export type FakeProc = ReturnType<typeof fakeProc>;
