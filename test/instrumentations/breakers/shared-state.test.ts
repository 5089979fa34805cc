// Two versions of the package in one process: they share data, and each brings its own functions.
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../helpers/child.js';
import { ROOT } from './scenario.js';

/** Writes a copy of the CommonJS build whose functions for pools and subscriptions have other names. */
async function writeOtherVersion(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-version-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await cp(join(ROOT, 'dist/cjs'), join(folder, 'cjs'), { recursive: true });
  const instrumentations = join(folder, 'cjs/instrumentations');
  for (const file of await readdir(instrumentations, { recursive: true })) {
    if (!file.endsWith('.js')) continue;
    const code = await readFile(join(instrumentations, file), 'utf8');
    const names =
      /\b(joinPool|leavePool|moveToPool|reservePool|countTransition|subscribeOnce|circuit[A-Z]\w+ed)\b/g;
    await writeFile(join(instrumentations, file), code.replace(names, '$1InOtherVersion'));
  }
  return join(folder, 'cjs/index.js');
}

test.each([
  ['this version', 'another version'],
  ['another version', 'this version'],
])('a breaker that %s instruments can be moved and stopped by %s', async (first) => {
  const other = await writeOtherVersion();
  const { stdout, stderr } = await runModule(`
    import { createRequire } from 'node:module';
    import { channel } from 'node:diagnostics_channel';
    import CircuitBreaker from 'opossum';
    import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
    import * as current from 'opentelemetry-instrumentation-snakepit';
    const other = createRequire(import.meta.url)(${JSON.stringify(other)});
    const [one, two] = ${first === 'this version'} ? [current, other] : [other, current];

    const events = [];
    for (const name of ['state', 'opened', 'call.allowed']) {
      channel('snakepit.circuit_breaker.' + name).subscribe(({ measurements, metadata }) =>
        events.push(metadata.pool + ' ' + name + (measurements.state ?? '')));
    }
    const breaker = new CircuitBreaker(async () => 1, { name: 'first', timeout: false });
    const policy = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(1) });
    const run = async (object, call, open) => {
      events.length = 0;
      one.instrumentBreaker(object, { pool: 'first' });
      const stop = two.instrumentBreaker(object, { pool: 'second' });
      await call();
      open();
      stop();
      open();
      return [...events];
    };
    console.log(JSON.stringify({
      opossum: await run(breaker, () => breaker.fire(), () => breaker.open()),
      cockatiel: await run(policy, () => policy.execute(() => 1), () => policy.isolate()),
    }));
    breaker.shutdown();
  `);
  expect(stderr).toBe('');
  const events = [
    'first state0',
    'first state0',
    'second state0',
    'second call.allowed',
    'second opened',
    'second state2',
    'second state0',
  ];
  expect(JSON.parse(stdout)).toEqual({ opossum: events, cockatiel: events });
});

test('shared state is plain data', async () => {
  const { stdout } = await runModule(`
    import CircuitBreaker from 'opossum';
    import { instrumentBreaker } from 'opentelemetry-instrumentation-snakepit';
    const breaker = new CircuitBreaker(async () => 1, { name: 'shared', timeout: false });
    instrumentBreaker(breaker);
    const key = Object.getOwnPropertySymbols(globalThis).find(({ description }) =>
      description.startsWith('opentelemetry-instrumentation-snakepit.state.'));
    const state = globalThis[key];
    const { member, ...subscription } = state.get('subscriptions').get(breaker);
    const isPlain = (value) => Object.getPrototypeOf(value) === Object.prototype;
    console.log(JSON.stringify({
      pools: [...structuredClone(state.get('pools'))],
      member: structuredClone(member),
      subscription: Object.keys(subscription),
      plain: [member, ...state.get('pools').values()].every(isPlain),
    }));
    breaker.shutdown();
  `);
  expect(JSON.parse(stdout)).toEqual({
    pools: [['shared', { closed: 1, half_open: 0, open: 0 }]],
    member: { pool: 'shared', state: 'closed', left: false },
    subscription: ['stop'],
    plain: true,
  });
});
