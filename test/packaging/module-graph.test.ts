import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { ROOT } from './tarball.js';

/** Returns the packages that a built module imports, directly or through other modules of this package. */
async function packagesBehind(file: string, seen = new Set<string>()): Promise<Set<string>> {
  const packages = new Set<string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  const { importedFiles } = ts.preProcessFile(await readFile(file, 'utf8'), true, true);
  for (const { fileName } of importedFiles) {
    const found = fileName.startsWith('.')
      ? await packagesBehind(join(dirname(file), fileName), seen)
      : [fileName];
    for (const name of found) packages.add(name);
  }
  return packages;
}

test.each(['mjs', 'cjs'])('the instrumentation imports no SDK and no exporter: %s', async (extension) => {
  const packages = await packagesBehind(join(ROOT, `dist/library/index.${extension}`));
  expect([...packages].filter((name) => !name.startsWith('node:')).sort()).toEqual([
    '@opentelemetry/api',
    '@opentelemetry/api-logs',
    '@opentelemetry/instrumentation',
  ]);
});
