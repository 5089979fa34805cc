import { expect, test } from 'vitest';
import { CASES } from '../../scripts/environment/cases.mjs';
import { findDefects, renderEnvironment } from '../../scripts/environment/render.mjs';
import specified from '../../snakepit-otel/test/fixtures/specified-variables.json' with { type: 'json' };

test('every variable of the specification has a probe', () => {
  expect(Object.keys(CASES).toSorted()).toEqual(specified.variables.toSorted());
});

test('an outcome that is ignored, fatal or worse than that of the other distribution is a defect', () => {
  const good = { unset: 'default', set: 'honored', invalid: 'warned' };
  const name = 'OTEL_SERVICE_NAME';
  const defects = (ours: object, theirs: object = good) =>
    findDefects({ [name]: { ours: { ...good, ...ours }, theirs } });
  expect(defects({})).toEqual([]);
  expect(defects({ invalid: 'ignored' })).toEqual([`${name}, invalid: ignored`]);
  expect(defects({ unset: 'fatal' })).toEqual([`${name}, unset: fatal`]);
  expect(defects({ set: 'warned' })).toEqual([`${name}: warned, but honored by the other distribution`]);
  const results = { [name]: { ours: good, theirs: { ...good, invalid: 'ignored, but traces lost' } } };
  const document = renderEnvironment(results, { specification: '1', version: '2' });
  expect(document).toContain('| `snakepit-otel` | 1 | 1 | 0 | 0 |');
  expect(document).toContain('| `auto-instrumentations-node` | 1 | 0 | 0 | 1 |');
});
