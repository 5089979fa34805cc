// FIFOs act as the files of a driver that hangs: opening one blocks until somebody writes.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SerialFileReader } from '../../src/system/serial-file-reader.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serial-file-reader-'));
});
afterEach(() => rm(folder, { recursive: true }));

it.skipIf(process.platform === 'win32')('leaves threads to the host while files hang', async () => {
  const paths = Array.from({ length: 8 }, (_, i) => join(folder, `sensor${i}`));
  execFileSync('mkfifo', paths);
  const files = new SerialFileReader(new AbortController().signal);
  const reads = paths.map((path) => files.text(path));
  expect((await stat(folder)).isDirectory()).toBe(true);
  for (const path of paths) await writeFile(path, '42\n');
  expect(await Promise.all(reads)).toEqual(Array(8).fill('42'));
});

it('reads nothing after it is aborted', async () => {
  await writeFile(join(folder, 'sensor'), '42');
  const controller = new AbortController();
  const files = new SerialFileReader(controller.signal);
  expect(await files.number(join(folder, 'sensor'))).toBe(42);
  expect(await files.list(folder, /sensor/)).toEqual(['sensor']);
  controller.abort();
  expect(await files.number(join(folder, 'sensor'))).toBeUndefined();
  expect(await files.list(folder, /sensor/)).toEqual([]);
});
