import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ProcessNames } from '../../../../src/gpu/sources/nvml/process-names.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'proc-'));
});
afterEach(() => rm(root, { recursive: true }));

async function inNamespace(inode: number): Promise<void> {
  await mkdir(join(root, 'self/ns'), { recursive: true });
  await symlink(`pid:[${inode}]`, join(root, 'self/ns/pid'));
}
async function runs(pid: number, name: string): Promise<void> {
  await mkdir(join(root, String(pid)), { recursive: true });
  await writeFile(join(root, String(pid), 'comm'), `${name}\n`);
}

it('reads a name once while its process is in every sample', async () => {
  await inNamespace(4026531836);
  await runs(7, 'python3');
  const names = new ProcessNames(root);
  const sample = (...pids: number[]) => {
    names.beginSample();
    for (const pid of pids) names.add(pid);
    return [names.names.get(7), names.hasChanged];
  };
  expect(sample(7, 8)).toEqual(['python3', true]);
  await runs(7, 'another');
  expect(sample(7, 8)).toEqual(['python3', false]);
  expect(sample()).toEqual([undefined, false]);
  expect(sample(7)).toEqual(['another', true]);
});

it('has no names in a container, where the driver uses other process IDs', async () => {
  await inNamespace(4026532999);
  await runs(7, 'somebody-else');
  const names = new ProcessNames(root);
  names.add(7);
  expect(names.names.size).toBe(0);
});
