import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixturePath } from './fixtures.js';

const SCRIPT = `#!/bin/sh
# Stand-in for nvidia-smi: does what the files beside it say. It knows nothing of GPUs.
here=$(dirname "$0")
echo $$ >> "$here/pids"
echo "$@" > "$here/arguments"
test -f "$here/hang" && exec sleep 600
test -f "$here/stderr" && cat "$here/stderr" >&2
test -f "$here/stdout" && cat "$here/stdout"
test -f "$here/exit" && exit "$(cat "$here/exit")"
exit 0
`;

/** A stand-in for nvidia-smi in a folder of its own, to be put on PATH or called by its path. */
export async function standInNvidiaSmi() {
  const folder = await mkdtemp(join(tmpdir(), 'stand-in-nvidia-smi-'));
  const path = join(folder, 'nvidia-smi');
  const at = (name: string) => join(folder, name);
  await writeFile(path, SCRIPT);
  await chmod(path, 0o755);

  const pids = async () =>
    (await readFile(at('pids'), 'utf8').catch(() => '')).split('\n').filter(Boolean).map(Number);
  return {
    folder,
    path,
    prints: (text: string) => writeFile(at('stdout'), text),
    printsFixture: (name: string) => copyFile(fixturePath(name), at('stdout')),
    complains: (text: string) => writeFile(at('stderr'), text),
    exits: (code: number) => writeFile(at('exit'), String(code)),
    hangs: () => writeFile(at('hang'), ''),
    recovers: () => Promise.all(['hang', 'exit', 'stderr'].map((name) => rm(at(name), { force: true }))),
    arguments: async () => (await readFile(at('arguments'), 'utf8')).trim(),
    /** How often it was started. */
    starts: async () => (await pids()).length,
    /** How many of its processes are alive. */
    running: async () => (await pids()).filter(isAlive).length,
    /** Ends what a test leaves hanging on purpose. */
    end: async () => {
      for (const pid of (await pids()).filter(isAlive)) process.kill(pid, 'SIGKILL');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export type StandInNvidiaSmi = Awaited<ReturnType<typeof standInNvidiaSmi>>;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
