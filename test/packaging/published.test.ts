import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { expect } from 'vitest';
import { complaints, test } from './packed.js';
import { contents, PACKAGES, type PackageName, ROOT } from './tarball.js';

const names = Object.keys(PACKAGES) as PackageName[];

test.for(names)('publint finds nothing wrong with the tarball of %s', async (name, { tarballs }) => {
  const { buffer } = new Uint8Array(await readFile(tarballs[name]));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages).toEqual([]);
});

test.for(names)(
  'every way of resolving an entry of %s finds types that fit it',
  async (name, { tarballs }) => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    expect(await complaints(ROOT, [attw, tarballs[name], '--profile', 'node16'])).toBe('');
  },
);

test.for(names)(
  'documents in the tarball of %s link to nothing of the repository that is not in it',
  async (name, { tarballs }) => {
    const files = await contents(tarballs[name]);
    const isThere = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
    const broken: string[] = [];
    for (const document of files.filter((file) => file.endsWith('.md'))) {
      const text = await readFile(join(PACKAGES[name], document), 'utf8');
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        if (!isThere(join(dirname(document), link).replace(/\/$/, ''))) broken.push(`${document}: ${link}`);
      }
    }
    expect(files).toContain('README.md');
    expect(broken).toEqual([]);
  },
);
