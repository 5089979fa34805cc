import { expect, test } from 'vitest';
import { loaderHook } from '../../helpers/loader-hook.js';
import { ROOT, runVersion, testScenario } from '../breakers/scenario.js';

const EXPECTED = {
  enabled: [
    'default state=0',
    'default allowed',
    'default failure',
    'default opened',
    'default state=2',
    'default success',
    'default timeout',
    'default bulkhead_rejected',
    'default fallback',
  ],
  // The breaker has left its pool.
  disabled: ['default state=0'],
  enabledAgain: ['default fallback', 'default fallback'],
  leftovers: [],
};

testScenario('cockatiel', EXPECTED);

test.for<[string, string, boolean, readonly string[]]>([
  ['version 3.0', 'cockatiel-v3', false, []],
  [
    'version 4, an ES module, with a loader hook for every module',
    'cockatiel-v4',
    true,
    ['--import', loaderHook(ROOT)],
  ],
  [
    'version 4 with a loader hook for cockatiel',
    'cockatiel-v4',
    true,
    ['--import', loaderHook(ROOT, ['cockatiel'])],
  ],
  ['version 4, required', 'cockatiel-v4', false, []],
])(
  'policies are recorded in the first and last supported versions: %s',
  async ([, alias, isModule, options]) => {
    expect(await runVersion('cockatiel', alias, isModule, options)).toEqual(EXPECTED);
  },
);
