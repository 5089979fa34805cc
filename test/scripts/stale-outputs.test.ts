import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { deleteStaleOutputs } from '../../scripts/stale-outputs.mjs';

/** Writes empty files into a new folder. */
async function tree(...files: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-outputs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of files) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), '');
  }
  return folder;
}

test('deletes the outputs of sources that are gone, and no others', async () => {
  const source = await tree('kept.ts', 'room/kept.ts', 'require.cts');
  const kept = [
    'kept.js',
    'kept.d.ts',
    'kept.js.map',
    'require.cjs',
    'require.d.cts',
    'package.json',
    '.tsbuildinfo',
  ];
  const gone = [
    'gone.js',
    'gone.d.ts',
    'gone.d.ts.map',
    'room/gone.js',
    'old.cjs',
    'old.d.cts',
    'left/gone.js',
  ];
  const output = await tree(...kept, 'room/kept.js', 'room/written.js', ...gone);
  const deleted = deleteStaleOutputs(source, output, (path: string) => path === 'room/written.js');
  expect(deleted.toSorted()).toEqual(gone.toSorted());
  const left = await readdir(output, { recursive: true, withFileTypes: true });
  expect(left.flatMap((entry) => (entry.isFile() ? entry.name : [])).toSorted()).toEqual(
    [...kept, 'kept.js', 'written.js'].toSorted(),
  );
});

test('does nothing before the first build', () => {
  expect(deleteStaleOutputs('nowhere/src', 'nowhere/dist')).toEqual([]);
});
