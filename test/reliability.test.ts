import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { renderReliability, taggedFiles, tagsIn } from '../scripts/render-reliability.mjs';
import faults from './fixtures/faults.json' with { type: 'json' };

test('every fault has a test that is tagged with it', async () => {
  const sources = await Promise.all(taggedFiles().map((file) => readFile(file, 'utf8')));
  const tested = new Set(sources.flatMap(tagsIn));
  expect(faults.filter(({ id }) => !tested.has(id))).toEqual([]);
});

test('docs/reliability.md has a row for every fault, with its outcome (otherwise run: npm run reliability)', async () => {
  const document = await readFile('docs/reliability.md', 'utf8');
  const rows = document.split('\n').filter((line) => /^\| H\d/.test(line));
  expect(rows.map((row) => row.split(' | ').slice(0, 3).join(' | '))).toEqual(
    faults.map(({ id, fault, outcome }) => `| ${id} | ${fault} | ${outcome}`),
  );
  for (const row of rows) expect(row).toMatch(/[1-9]\d* tests? passed \|$/);
});

describe('the table', () => {
  const [fault = { id: '', fault: '', outcome: '' }] = faults;
  const render = (measurements: readonly object[][]) =>
    renderReliability(
      [fault],
      measurements.map((measured) => ({ tags: [fault.id], measured })),
    );

  test('has the lowest and the highest value of each measurement', () => {
    const document = render([
      [{ label: 'gone after', value: 4701.6, unit: 'ms' }],
      [{ label: 'gone after', value: 12, unit: 'ms' }],
      [{ label: 'spans lost', value: 0 }],
    ]);
    expect(document).toContain('| gone after: 12–4,701.6 ms; spans lost: 0; 3 tests passed |');
  });
});
