import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { copyOf, outcomeOf } from './run-program.js';

const program = fileURLToPath(new URL('./is-patched.cjs', import.meta.url));

test.for<
  [string, string, string, readonly [alias: string, version: string | undefined, isPatched: boolean][]]
>([
  [
    'workerpool',
    'src/Pool.js',
    'exec',
    [
      ['workerpool-v6', '5.9.9', false],
      ['workerpool-v6', undefined, true],
      ['workerpool', undefined, true],
      ['workerpool', '10.99.0', true],
      ['workerpool', '11.0.0', false],
    ],
  ],
  [
    'generic-pool',
    'lib/Pool.js',
    'acquire',
    [
      ['generic-pool-v3', '2.9.9', false],
      ['generic-pool-v3', undefined, true],
      ['generic-pool', undefined, true],
      ['generic-pool', '3.99.0', true],
      ['generic-pool', '4.0.0', false],
    ],
  ],
])(
  'patches the supported versions of %s, and leaves others alone',
  async ([library, file, method, versions]) => {
    const copies = await Promise.all(versions.map(([alias, version]) => copyOf(library, alias, version)));
    const programs = copies.map(({ LIBRARY }) => LIBRARY);
    expect(await outcomeOf([program, file, method, library, ...programs])).toEqual(
      versions.map(([, , isPatched]) => isPatched),
    );
  },
);

test('patches all copies of a library that were loaded while the instrumentation was disabled', async () => {
  const copies = await Promise.all(
    ['workerpool-v6', 'workerpool'].map((alias) => copyOf('workerpool', alias)),
  );
  const programs = copies.map(({ LIBRARY }) => LIBRARY);
  const args = [program, '--disabled', 'src/Pool.js', 'exec', 'workerpool', ...programs];
  expect(await outcomeOf(args)).toEqual([true, true]);
});
