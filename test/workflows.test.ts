import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const WORKFLOWS = '.github/workflows';
const files = (await readdir(WORKFLOWS)).map((name) => join(WORKFLOWS, name));

test.each(files)('%s pins each action by its full hash and limits its token', async (file) => {
  const text = await readFile(file, 'utf8');
  const actions = [...text.matchAll(/uses: (?!\.\/)(.+)/g)].map(([, action]) => action);
  for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  expect(parse(text).permissions).toEqual({ contents: 'read' });
});

test('only the job that publishes may request an identity token', async () => {
  const { jobs } = parse(await readFile(join(WORKFLOWS, 'release.yml'), 'utf8'));
  const withToken = Object.entries<{ permissions?: Record<string, string> }>(jobs)
    .filter(([, { permissions }]) => permissions?.['id-token'] !== undefined)
    .map(([name]) => name);
  expect(withToken).toEqual(['publish']);
});
