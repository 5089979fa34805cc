import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['test', 'snakepit-otel/test'];

/** Returns the faults that the tests of a source are tagged with. */
export const tagsIn = (source) =>
  [...source.matchAll(/\btags: \[([^\]]*)\]/g)].flatMap(([, list]) => list.match(/\bH\d+\b/g) ?? []);

/** Returns the test files with a test that is tagged with a fault. */
export const taggedFiles = () =>
  FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true })
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  ).filter((file) => tagsIn(readFileSync(file, 'utf8')).length > 0);

const number = (value) => value.toLocaleString('en-US', { maximumFractionDigits: 2 });

/** `label: 3–17 ms`: the lowest and the highest value of each label. */
function describeMeasurements(measurements) {
  const labels = [...new Set(measurements.map(({ label }) => label))];
  return labels.map((label) => {
    const same = measurements.filter((each) => each.label === label);
    const values = same.map(({ value }) => value);
    const [lowest, highest] = [number(Math.min(...values)), number(Math.max(...values))];
    const range = lowest === highest ? lowest : `${lowest}–${highest}`;
    return [`${label}:`, range, same[0].unit].filter(Boolean).join(' ');
  });
}

function measuredCell(results) {
  const measurements = describeMeasurements(results.flatMap(({ measured }) => measured));
  return [...measurements, `${results.length} ${results.length === 1 ? 'test' : 'tests'} passed`].join('; ');
}

/** @param {readonly { id: string, fault: string, outcome: string }[]} faults @param {readonly object[]} results */
export function renderReliability(faults, results) {
  const rows = faults.map(({ id, fault, outcome }) => [
    id,
    fault,
    outcome,
    measuredCell(results.filter(({ tags }) => tags.includes(id))),
  ]);
  const head = ['', 'fault', 'outcome', 'measured'];
  const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return [
    '# Reliability',
    '',
    '<!-- Written by `npm run reliability`; edit test/fixtures/faults.json or the tests instead. -->',
    '',
    'Faults of hosts, collectors, libraries and producers, and their outcome. `npm run reliability` runs the tests of every row, on real',
    'processes and sockets where the fault needs them, and writes this page with what they measured. A test is marked with the number of',
    'its row.',
    '[The end of a process](shutdown.md), [Configuration](configuration.md) and [Privacy](privacy.md) describe the behavior.',
    '',
    ...table,
    '',
  ].join('\n');
}
