import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AppleSource, appleUnavailable } from '../../../src/gpu/sources/apple.js';

const RECORDED = new URL('../../fixtures/ioreg/m4.txt', import.meta.url).pathname;
let folder: string;

/** Creates a source with a fake ioreg that runs the script. */
async function ioreg(script: string): Promise<AppleSource> {
  const path = join(folder, 'ioreg');
  await writeFile(path, `#!/bin/sh\necho "$@" > "${folder}/arguments"\n${script}\n`);
  await chmod(path, 0o755);
  return new AppleSource(path);
}
const sample = async (script: string) => (await ioreg(script)).sample(new AbortController().signal);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fake-ioreg-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('reads the device of a Mac', async () => {
  expect(await sample(`test "$*" = "-r -d 1 -w 0 -c IOAccelerator" && cat "${RECORDED}"`)).toEqual({
    readings: [
      {
        device: 'mps',
        index: 0,
        vendor: 'apple',
        name: 'Apple M4',
        gpuPercent: 30,
        memoryUsedMib: 340,
        memoryTotalMib: Math.round(totalmem() / 2 ** 20),
        unifiedMemory: 1,
      },
    ],
    faults: [],
  });
});

it('fails with the error output of ioreg', async () => {
  await expect(sample('echo no registry >&2; exit 1')).rejects.toMatchObject({
    name: 'GpuSourceError',
    reason: 'failed',
    message: 'exit code 1: no registry',
  });
  await expect(sample('exit 0')).rejects.toMatchObject({ reason: 'unreadable' });
  const missing = new AppleSource(join(folder, 'none')).sample(new AbortController().signal);
  await expect(missing).rejects.toMatchObject({ reason: 'not_found' });
});

it('kills ioreg when the signal is aborted', async () => {
  const source = await ioreg('exec sleep 60');
  await expect(source.sample(AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
});

it('is available on a Mac with Apple silicon only', async () => {
  expect(await appleUnavailable({ platform: 'darwin', arch: 'arm64' })).toBeUndefined();
  expect(await appleUnavailable({ platform: 'darwin', arch: 'x64' })).toMatchObject({
    remedy: expect.any(String),
  });
  expect(await appleUnavailable({ platform: 'linux', arch: 'arm64' })).toMatchObject({
    reason: 'linux on arm64 has no Apple GPU',
  });
});
