import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installActionlint, lintWorkflows } from '../../scripts/workflows/actionlint.mjs';
import { skippedIfUnavailable, temporaryFolder } from '../helpers/backends.js';

const WORKFLOWS = '.github/workflows';
const files = (await readdir(WORKFLOWS)).map((name) => join(WORKFLOWS, name));

const actionlint = await skippedIfUnavailable(installActionlint, '');

test('actionlint finds nothing in the workflows', () => {
  expect(files).not.toEqual([]);
  expect(lintWorkflows(actionlint, files)).toEqual({ status: 0, findings: '' });
});

test('actionlint finds an unknown key and an unknown context in a broken workflow', async () => {
  const file = join(await temporaryFolder(), 'broken.yml');
  await writeFile(
    file,
    [
      'on: push',
      'jobs:',
      '  test:',
      '    runs-on: ubuntu-latest',
      '    timeout: 5',
      `    steps: [{ run: 'echo \${{ mtrix.node }}' }]`,
    ].join('\n'),
  );
  const { status, findings } = lintWorkflows(actionlint, [file]);
  expect(status).toBe(1);
  expect(findings).toContain('unexpected key "timeout" for "job" section');
  expect(findings).toContain('undefined variable "mtrix"');
});
