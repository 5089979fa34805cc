import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { findExecutable } from '../../src/system/find-executable.js';

it('searches the absolute folders of PATH, and then those that are given', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'find-executable-'));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  const path = join(folder, 'some-driver-tool');
  await writeFile(path, '', { mode: 0o755 });
  vi.stubEnv('PATH', '/no/such/folder');
  expect(await findExecutable('some-driver-tool')).toBeUndefined();
  expect(await findExecutable('some-driver-tool', ['/no/such/folder', folder])).toBe(path);
  vi.stubEnv('PATH', folder);
  expect(await findExecutable('some-driver-tool')).toBe(path);
});
