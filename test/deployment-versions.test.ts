import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PACKAGE_VERSION } from '../src/version.js';

const text = (path: string) => readFile(path, 'utf8');

test('the Helm chart has the version of the package', async () => {
  expect(parse(await text('deploy/helm/snakepit-otel/Chart.yaml'))).toMatchObject({
    version: PACKAGE_VERSION,
    appVersion: PACKAGE_VERSION,
  });
});

test.each([
  'deploy/compose.yaml',
  'deploy/kubernetes/agent.yaml',
  'docs/deployment.md',
  'docs/kubernetes.md',
])('%s names the image of this version', async (path) => {
  const versions = [...(await text(path)).matchAll(/snakepit-otel:(\d+\.\d+\.\d+)/g)].map(([, v]) => v);
  expect([...new Set(versions)]).toEqual([PACKAGE_VERSION]);
});
