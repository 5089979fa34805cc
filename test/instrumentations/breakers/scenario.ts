import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runNode } from '../../helpers/child.js';
import { loaderHook } from '../../helpers/loader-hook.js';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PROGRAMS = 'test/instrumentations/breakers/programs';

/** Defines tests that run the scenario of a library in programs: a library can only be patched before it is loaded. */
export function testScenario(library: string, expected: object): void {
  test.each([
    ['required', [], 'app.cjs', { restored: true }],
    ['imported', [], 'app.mjs', {}],
    ['imported with a loader hook', ['--import', loaderHook(ROOT)], 'app.mjs', {}],
    ['required before the instrumentation', [], 'late-app.cjs', { restored: true }],
    ['imported before the instrumentation', [], 'late-app.mjs', {}],
  ] as const)('breakers are recorded from their creation: %s', async (_loaded, options, app, more) => {
    const { stdout, stderr } = await runNode([...options, join(PROGRAMS, app), library]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ ...expected, ...more });
  });
}
