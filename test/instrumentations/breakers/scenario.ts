import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runNode } from '../../helpers/child.js';
import { loaderHook } from '../../helpers/loader-hook.js';
import { copyOf, outcomeOf } from '../pools/run-program.js';

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

/**
 * Runs the scenario of a library with another version of it, and returns what it recorded.
 *
 * @param alias name of the version in `package.json`
 * @param isModule imports the library, in place of `require`
 * @param options options of Node
 */
export async function runVersion(
  library: string,
  alias: string,
  isModule: boolean,
  options: readonly string[],
) {
  const { LIBRARY } = await copyOf(library, alias);
  const load = (path: string) => (isModule ? `await import('${path}')` : `require('${path}')`);
  const main = join(dirname(LIBRARY), isModule ? 'main.mjs' : 'main.cjs');
  await writeFile(
    main,
    `(async () => {
       const { SnakepitInstrumentation } = ${load(`${ROOT}/dist/${isModule ? 'esm' : 'cjs'}/index.js`)};
       const instrumentation = new SnakepitInstrumentation();
       const { default: scenario } = await import('${ROOT}/test/instrumentations/${library}/scenario.cjs');
       console.log(JSON.stringify(await scenario.run(instrumentation, ${load(library)})));
     })();`,
  );
  return outcomeOf([...options, main]);
}
