import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test as base } from 'vitest';
import { createHost, type Host, type HostName } from './host.js';
import { RegistryUnreachableError } from './npm.js';
import { pack } from './tarball.js';

/** The first run installs hosts; later runs use the cache. */
export const INSTALLING = { timeout: 600_000 };

/**
 * `test` with the packed packages, hosts that have them installed, and empty projects. A test is skipped if it must install
 * something and npm cannot reach its registry.
 */
export const test = base
  .extend('scratch', { scope: 'file' }, tmpdir())
  .extend('tarballs', { scope: 'file' }, async ({ scratch }, { onCleanup }) => {
    const folder = await mkdtemp(join(scratch, 'snakepit-pack-'));
    onCleanup(() => rm(folder, { recursive: true }));
    return pack(folder);
  })
  .extend('installOrSkip', ({ skip }) => async <T>(install: () => Promise<T>): Promise<T> => {
    try {
      return await install();
    } catch (error) {
      if (error instanceof RegistryUnreachableError) skip(error.message);
      throw error;
    }
  })
  .extend('project', async ({ scratch }, { onCleanup }) => {
    const folder = await mkdtemp(join(scratch, 'snakepit-project-'));
    onCleanup(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    return folder;
  })
  .extend('host', ({ tarballs, installOrSkip, skip }, { onCleanup }) => async (name: HostName) => {
    const host = await installOrSkip(() => createHost(name, tarballs));
    onCleanup(() => rm(host.folder, { recursive: true }));
    skip(name === 'sdk3' && host.node === process.execPath, `npm has no Node 24 for ${process.platform}`);
    return host;
  });

/** Runs a program in a host, in a clean environment. Returns its output. */
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

/** Runs a checker with the Node of the tests. Returns its findings, or an empty string if it passes. */
export const findings = (folder: string, args: readonly string[]): Promise<string> =>
  run({ folder, node: process.execPath }, args).then(
    () => '',
    (error) => `${error.message}\n${error.stdout}`,
  );
