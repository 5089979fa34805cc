import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { expect } from 'vitest';
import { complaints, test } from './packed.js';
import { contents, ROOT } from './tarball.js';

test('publint finds nothing wrong with the tarball', async ({ tarball }) => {
  const { buffer } = new Uint8Array(await readFile(tarball));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages).toEqual([]);
});

test('every way of resolving an entry finds types that fit it', async ({ tarball }) => {
  const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  expect(await complaints(ROOT, [attw, tarball, '--profile', 'node16'])).toBe('');
});

test('documents in the tarball link to nothing of the repository that is not in it', async ({ tarball }) => {
  const files = await contents(tarball);
  const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  const broken: string[] = [];
  for (const document of files.filter((file) => file.endsWith('.md'))) {
    const text = await readFile(join(ROOT, document), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      if (!isThere(join(dirname(document), link).replace(/\/$/, ''))) broken.push(`${document}: ${link}`);
    }
  }
  expect(files).toContain('README.md');
  expect(broken).toEqual([]);
});
