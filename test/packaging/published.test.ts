import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import { expect } from 'vitest';
import { complaints, test } from './packed.js';
import { ROOT } from './tarball.js';

test('publint finds nothing wrong with the tarball', async ({ tarball }) => {
  const { buffer } = new Uint8Array(await readFile(tarball));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages).toEqual([]);
});

test('every way of resolving an entry finds types that fit it', async ({ tarball }) => {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  expect(await complaints(ROOT, [attw, tarball, '--profile', 'node16'])).toBe('');
});
