import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publint } from 'publint';
import { expect } from 'vitest';
import { findings, test } from './packed.js';
import { contents, PACKAGES, type PackageName, ROOT } from './tarball.js';

const names = Object.keys(PACKAGES) as PackageName[];

test.for(names)('publint finds no problem in the tarball of %s', async (name, { tarballs }) => {
  const { buffer } = new Uint8Array(await readFile(tarballs[name]));
  const { messages } = await publint({ pack: { tarball: buffer }, strict: true });
  expect(messages).toEqual([]);
});

test.for(names)(
  'every module resolution finds matching types for the entries of %s',
  async (name, { tarballs }) => {
    const attw = join(ROOT, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    expect(await findings(ROOT, [attw, tarballs[name], '--profile', 'strict'])).toBe('');
  },
);

test.for(names)('the tarball of %s has a license, a README and no sources', async (name, { tarballs }) => {
  const files = await contents(tarballs[name]);
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  const unwanted = /\.(?:map|tsbuildinfo)$|(?<!\.d)\.[cm]?ts$|^(?:src|test)\//;
  expect(files.filter((file) => unwanted.test(file))).toEqual([]);
});

test('the tarball of snakepit-otel has the command as a bundle with its licenses, and not its modules', async ({
  tarballs,
}) => {
  const files = await contents(tarballs['snakepit-otel']);
  expect(files).toEqual(
    expect.arrayContaining(['dist/command/main.cjs', 'dist/command/THIRD-PARTY-LICENSES.txt']),
  );
  expect(files.filter((file) => file.startsWith('dist/esm/cli/'))).toEqual([]);
});

test.for(names)('%s names its author and is published publicly with provenance', async (name) => {
  const manifest = JSON.parse(await readFile(join(PACKAGES[name], 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({
    license: 'Apache-2.0',
    author: expect.any(String),
    publishConfig: { access: 'public', provenance: true },
  });
});

test.for(names)('documents in the tarball of %s link only to files in it', async (name, { tarballs }) => {
  const files = await contents(tarballs[name]);
  const contains = (path: string) => files.some((file) => file === path || file.startsWith(`${path}/`));
  const broken: string[] = [];
  for (const document of files.filter((file) => file.endsWith('.md'))) {
    const text = await readFile(join(PACKAGES[name], document), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      if (!contains(join(dirname(document), link).replace(/\/$/, ''))) broken.push(`${document}: ${link}`);
    }
  }
  expect(broken).toEqual([]);
});
