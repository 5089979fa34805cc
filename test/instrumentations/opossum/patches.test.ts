import { expect, test } from 'vitest';
import { runVersion, testScenario } from '../breakers/scenario.js';

const EXPECTED = {
  created: ['own state=0'],
  fired: ['own allowed', 'own success'],
  createdOpen: ['kept state=2', 'kept rejected'],
  // The breakers have left their pools.
  disabled: ['own state=0', 'kept state=0'],
  enabledAgain: ['own allowed', 'own success', 'again state=0', 'again allowed', 'again success'],
  identity: {
    instance: true,
    constructor: true,
    newTarget: true,
    statics: ['CircuitBreaker', 1, 'function', 'function'],
  },
  leftovers: [],
};

testScenario('opossum', EXPECTED);

test('breakers are recorded in the first supported version, which has no initial state', async () => {
  expect(await runVersion('opossum', 'opossum-v5', false, [])).toEqual({
    ...EXPECTED,
    createdOpen: ['kept state=0', 'kept allowed', 'kept success'],
    identity: { ...EXPECTED.identity, statics: ['CircuitBreaker', 1, 'function', 'undefined'] },
  });
});

test('breakers are recorded in the last supported version', async () => {
  expect(await runVersion('opossum', 'opossum-v10', false, [])).toEqual(EXPECTED);
});
