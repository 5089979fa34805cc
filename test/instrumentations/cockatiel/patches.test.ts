import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNode } from '../../helpers/child.js';
import { loaderHook } from '../../helpers/loader-hook.js';
import { ROOT, testScenario } from '../breakers/scenario.js';

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

test.each([
  ['imported with a loader hook for every module', 'main.mjs', ['--import', loaderHook(ROOT)]],
  ['imported with a loader hook for cockatiel', 'main.mjs', ['--import', loaderHook(ROOT, ['cockatiel'])]],
  ['required', 'main.cjs', []],
] as const)(
  'policies of a cockatiel that is an ES module are recorded: %s',
  async (_loaded, file, options) => {
    const folder = await mkdtemp(join(tmpdir(), 'snakepit-esm-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFakeCockatiel4(folder);
    const isModule = file === 'main.mjs';
    const load = (path: string) => (isModule ? `await import('${path}')` : `require('${path}')`);
    const main = join(folder, file);
    await writeFile(
      main,
      `(async () => {
       const { SnakepitInstrumentation } = ${load(`${ROOT}/dist/${isModule ? 'esm' : 'cjs'}/index.js`)};
       const instrumentation = new SnakepitInstrumentation();
       const { default: scenario } = await import('${ROOT}/test/instrumentations/cockatiel/scenario.cjs');
       console.log(JSON.stringify(await scenario.run(instrumentation, ${load('cockatiel')})));
     })();`,
    );
    const { stdout, stderr } = await runNode([...options, main]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(EXPECTED);
  },
);

/** Writes a fake of version 4: its files, with the policies of version 3 from a folder that no hook matches. */
async function writeFakeCockatiel4(folder: string): Promise<void> {
  const library = join(folder, 'node_modules/cockatiel');
  await mkdir(join(library, 'dist'), { recursive: true });
  await cp(join(ROOT, 'node_modules/cockatiel/dist'), join(folder, 'real'), { recursive: true });
  await writeFile(join(folder, 'real/package.json'), '{ "type": "commonjs" }');
  const factories = ['circuitBreaker', 'retry', 'timeout', 'bulkhead', 'fallback'].map(
    (name) => `export function ${name}(...args) { return real.${name}(...args); }`,
  );
  await writeFile(
    join(library, 'package.json'),
    JSON.stringify({ name: 'cockatiel', version: '4.0.0', type: 'module', main: 'dist/index.js' }),
  );
  await writeFile(join(library, 'dist/index.js'), "export * from './Policy.js';\n");
  await writeFile(
    join(library, 'dist/Policy.js'),
    [
      `import real from '${join(folder, 'real/index.js')}';`,
      'export const { handleAll, ConsecutiveBreaker } = real;',
      ...factories,
    ].join('\n'),
  );
}
