import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test as base } from 'vitest';
import { createHost, type Host, type HostName } from './host.js';
import { RegistryUnreachableError } from './npm.js';
import { pack } from './tarball.js';

/** A first run installs hosts; later ones find them in the cache. */
export const INSTALLING = { timeout: 600_000 };

/** `test` with the packed package, and hosts to use it in. A host that cannot be installed skips its test. */
export const test = base
  .extend('scratch', { scope: 'file' }, tmpdir())
  .extend('tarballs', { scope: 'file' }, async ({ scratch }, { onCleanup }) => {
    const folder = await mkdtemp(join(scratch, 'snakepit-pack-'));
    onCleanup(() => rm(folder, { recursive: true }));
    return pack(folder);
  })
  .extend('host', ({ tarballs, skip }, { onCleanup }) => async (name: HostName) => {
    try {
      const host = await createHost(name, tarballs);
      onCleanup(() => rm(host.folder, { recursive: true }));
      skip(name === 'sdk3' && host.node === process.execPath, `npm has no Node 24 for ${process.platform}`);
      return host;
    } catch (error) {
      if (error instanceof RegistryUnreachableError) skip(error.message);
      throw error;
    }
  });

/** Runs a program in a host, in an environment that decides nothing. Returns what it printed. */
export async function run(
  { folder, node }: Host,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(node, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
  });
  return stdout;
}

/** What a checker, run by the Node of the tests, complains of: nothing, when it is content. */
export const complaints = (folder: string, args: readonly string[]): Promise<string> =>
  run({ folder, node: process.execPath }, args).then(
    () => '',
    (error) => `${error.message}\n${error.stdout}`,
  );
