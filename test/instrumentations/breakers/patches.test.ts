// Real programs, since a library can only be patched where it has not been loaded yet.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { runModule, runNode } from '../../helpers/child.js';
import { loaderHook } from '../../helpers/loader-hook.js';

const PROGRAMS = 'test/instrumentations/breakers/programs';
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const EVERY_IMPORT = loaderHook(ROOT);
const ONLY_COCKATIEL = loaderHook(ROOT, ['cockatiel']);

const EXPECTED = {
  created: ['own state=0'],
  fired: ['own allowed', 'own success'],
  begunOpen: ['kept state=2', 'kept rejected'],
  policies: [
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
  // The breakers have left their pools.
  disabled: ['own state=0', 'kept state=0', 'default state=0'],
  enabledAgain: [
    'own allowed',
    'own success',
    'default fallback',
    'again state=0',
    'again allowed',
    'again success',
    'default fallback',
  ],
  identity: {
    instance: true,
    constructor: true,
    newTarget: true,
    statics: ['CircuitBreaker', 1, 'function', 'function'],
    left: [],
  },
};

test.each([
  ['CommonJS', ['app.cjs'], { restored: true }],
  ['ES modules', ['app.mjs'], {}],
  ['ES modules that a loader hook wraps', ['--import', EVERY_IMPORT, 'app.mjs'], {}],
] as const)('breakers report from their making on, in %s', async (_how, args, more) => {
  const inPlace = args.map((arg) => (arg.startsWith('app.') ? join(PROGRAMS, arg) : arg));
  const { stdout, stderr } = await runNode(inPlace);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ ...EXPECTED, ...more });
});

test.each([
  ['imported, where a loader hook wraps every module', 'main.mjs', ['--import', EVERY_IMPORT]],
  ['imported, where a loader hook wraps that package', 'main.mjs', ['--import', ONLY_COCKATIEL]],
  ['required', 'main.cjs', []],
] as const)('a cockatiel that is an ES module itself reports, %s', async (_how, file, options) => {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-esm-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const library = join(folder, 'node_modules/cockatiel');
  await mkdir(join(library, 'dist'), { recursive: true });
  // A stand-in for version 4: its files, with the policies of version 3 from where no hook looks for them.
  await cp(join(ROOT, 'node_modules/cockatiel/dist'), join(folder, 'real'), { recursive: true });
  await writeFile(join(folder, 'real/package.json'), '{ "type": "commonjs" }');
  const real = join(folder, 'real/index.js');
  const names = ['circuitBreaker', 'retry', 'timeout', 'bulkhead', 'fallback'];
  const exported = (name: string) => `export function ${name}(...args) { return real.${name}(...args); }`;
  await writeFile(
    join(library, 'package.json'),
    JSON.stringify({ name: 'cockatiel', version: '4.0.0', type: 'module', main: 'dist/index.js' }),
  );
  await writeFile(join(library, 'dist/index.js'), "export * from './Policy.js';\n");
  await writeFile(
    join(library, 'dist/Policy.js'),
    [
      `import real from '${real}';`,
      'export const { handleAll, ConsecutiveBreaker } = real;',
      ...names.map(exported),
    ].join('\n'),
  );
  const main = join(folder, file);
  const load = (path: string) => (file === 'main.mjs' ? `await import('${path}')` : `require('${path}')`);
  await writeFile(
    main,
    `(async () => {
       const { SnakepitInstrumentation } = ${load(`${ROOT}/dist/${file === 'main.mjs' ? 'esm' : 'cjs'}/index.js`)};
       const instrumentation = new SnakepitInstrumentation();
       const { default: scenario } = await import('${ROOT}/${PROGRAMS}/scenario.cjs');
       const { default: CircuitBreaker } = await import('${ROOT}/node_modules/opossum/index.js');
       const cockatiel = ${load('cockatiel')};
       console.log(JSON.stringify(await scenario.run(instrumentation, CircuitBreaker, cockatiel)));
     })();`,
  );
  const { stdout, stderr } = await runNode([...options, main]);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(EXPECTED);
});

test('without code: an application that registers nothing itself', async () => {
  const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'console', OTEL_LOGS_EXPORTER: 'none' };
  const program = `
    import CircuitBreaker from 'opossum';
    import { handleAll, fallback } from 'cockatiel';
    await new CircuitBreaker(async () => 1, { name: 'zero-code', timeout: false }).fire();
    await fallback(handleAll, 1).execute(() => Promise.reject(new Error('no')));
  `;
  const args = ['--import', 'snakepit-otel/register', '--input-type=module', '--eval', program];
  const { stdout, stderr } = await runNode(args, { env: none });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/snakepit\.circuit_breaker\.state.*pool: 'zero-code'/s);
  expect(stdout).toContain('snakepit.circuit_breaker.calls.fallback.total');
});

test('a breaker that is collected while it is open does not keep its pool open', async () => {
  const program = `
    import { circuitBreaker, handleAll, ConsecutiveBreaker } from 'cockatiel';
    import { instrumentBreaker } from 'opentelemetry-instrumentation-snakepit';
    import { channel } from 'node:diagnostics_channel';
    const states = [];
    channel('snakepit.circuit_breaker.state').subscribe(({ measurements }) => states.push(measurements.state));
    const lose = () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1, breaker: new ConsecutiveBreaker(1) });
      instrumentBreaker(breaker);
      breaker.isolate();
    };
    lose();
    for (let i = 0; i < 100 && states.at(-1) !== 0; i++) {
      gc();
      await new Promise((done) => setTimeout(done, 10));
    }
    console.log(states.join());
  `;
  const { stdout } = await runNode(['--expose-gc', '--input-type=module', '--eval', program]);
  expect(stdout).toBe('0,2,0\n');
});

test('found by one copy of the package and named by the other, a breaker reports once', async () => {
  const { stdout } = await runModule(`
    import { createRequire } from 'node:module';
    import { channel } from 'node:diagnostics_channel';
    import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    const { instrumentBreaker } = createRequire(process.cwd() + '/')('opentelemetry-instrumentation-snakepit');
    const pools = [];
    channel('snakepit.circuit_breaker.call.allowed').subscribe(({ metadata }) => pools.push(metadata.pool));
    new SnakepitInstrumentation();
    const { default: CircuitBreaker } = await import('opossum');
    const breaker = new CircuitBreaker(async () => 1, { name: 'found', timeout: false });
    await breaker.fire();
    instrumentBreaker(breaker, { pool: 'named' });
    await breaker.fire();
    console.log(pools.join());
  `);
  expect(stdout).toBe('found,named\n');
});

test('a second instrumentation, idle, takes no breaker with it when it goes', async () => {
  const { stdout } = await runModule(`
    import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    import { channel } from 'node:diagnostics_channel';
    let allowed = 0;
    channel('snakepit.circuit_breaker.call.allowed').subscribe(() => allowed++);
    const first = new SnakepitInstrumentation();
    const second = new SnakepitInstrumentation();
    const { default: CircuitBreaker } = await import('opossum');
    const breaker = new CircuitBreaker(async () => 1, { timeout: false });
    await breaker.fire();
    second.disable();
    await breaker.fire();
    console.log(allowed);
  `);
  expect(stdout).toBe('2\n');
});
