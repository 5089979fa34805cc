import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CASES } from '../scripts/environment/cases.mjs';

const document = await readFile('docs/environment.md', 'utf8');
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('| `OTEL_'))
  .map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

test('docs/environment.md has a row for every variable, with its values (otherwise run: npm run environment)', () => {
  const shown = (value: string | undefined) => (value === undefined ? '' : `\`${value}\``);
  expect(rows.map((cells) => cells.slice(0, 3))).toEqual(
    Object.entries(CASES).map(([name, { valid, invalid }]) => [`\`${name}\``, shown(valid), shown(invalid)]),
  );
});

test('docs/environment.md names no variable that is ignored, fatal, or costs a signal, except a required file', () => {
  const outcomes = rows.flatMap(([name, , , ...cells]) =>
    cells.slice(0, 3).map((outcome) => [name, outcome]),
  );
  const others = outcomes.filter(
    ([, outcome = '']) => !['default', 'honored', 'warned', ''].includes(outcome),
  );
  expect(others).toEqual([['`OTEL_CONFIG_FILE`', 'warned, no telemetry']]);
});
