import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolve } from '../../src/configuration/resolve.js';

/** Settings with `spans` of a file. */
async function inFile(spans: string) {
  const file = join(await mkdtemp(join(tmpdir(), 'spans-')), 'telemetry.yaml');
  await writeFile(
    file,
    `file_format: "1.0"\ninstrumentation/development: { js: { snakepit: { spans: ${spans} } } }`,
  );
  return resolve({ configFile: file }, {}).settings.spans;
}

test('are durations in a file', async () => {
  expect(await inFile('{ max_age: 2h, unfinished_grace: 500ms }')).toEqual({
    maxAgeMs: 7_200_000,
    unfinishedGraceMs: 500,
  });
  expect(await inFile('{ max_age: 20m }')).toEqual({ maxAgeMs: 1_200_000, unfinishedGraceMs: 5000 });
});

test('are milliseconds in code', () => {
  expect(resolve({ spans: { maxAgeMs: 1000 } }, {}).settings.spans).toEqual({ maxAgeMs: 1000 });
});

test.each(['{ max_age: 0s }', '{ max_age: 15 }', '{ max_age: 100h, grace: 1s }', '{ unfinished_grace: 1d }'])(
  'refuses %s',
  async (spans) => {
    await expect(inFile(spans)).rejects.toThrow(/spans/);
  },
);
