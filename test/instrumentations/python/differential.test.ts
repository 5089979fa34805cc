import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runNode } from '../../helpers/child.js';

const PROGRAM = fileURLToPath(new URL('./programs/random.cjs', import.meta.url));

async function outcomeOf(...args: string[]) {
  const { stdout, stderr, code } = await runNode([PROGRAM, ...args]);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return JSON.parse(stdout);
}

test.for(['1', '2', '3'])('the host of random Python processes sees no difference: %s', async (seed) => {
  const plain = await outcomeOf('--plain', seed);
  const instrumented = await outcomeOf(seed);
  expect(instrumented.host).toEqual(plain.host);
  expect(plain.ended).toBe(0);
  expect(instrumented.ended).toBeGreaterThan(10);
});
