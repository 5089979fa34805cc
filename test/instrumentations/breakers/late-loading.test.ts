// Runs programs that load a library before the instrumentation.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../helpers/child.js';

test('breakers that were created before the instrumentation are recorded from their next call on', {
  tags: ['H30'],
}, async () => {
  const { stdout, stderr } = await runModule(`
    import CircuitBreaker from 'opossum';
    import { ConsecutiveBreaker, bulkhead, circuitBreaker, handleAll } from 'cockatiel';
    import { attachMany, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';

    const options = { timeout: false, volumeThreshold: 1, errorThresholdPercentage: 1 };
    const fail = async () => { throw new Error('no'); };
    const opened = new CircuitBreaker(fail, { ...options, name: 'opened' });
    await opened.fire().catch(() => {});
    const reclosed = new CircuitBreaker(async () => 1, { ...options, name: 'reclosed', state: { closed: false } });
    reclosed.close();
    const policy = circuitBreaker(handleAll, { halfOpenAfter: 9999, breaker: new ConsecutiveBreaker(1) });
    const full = bulkhead(0);

    const published = [];
    attachMany('test', ['state', 'call.allowed', 'call.rejected', 'call.bulkhead_rejected', 'opened'].map((name) => 'snakepit.circuit_breaker.' + name),
      ({ name, measurements, metadata }) => {
        const value = 'state' in measurements ? '=' + measurements.state : '';
        published.push(metadata.pool + ' ' + name.split('.').at(-1) + value);
      });
    new SnakepitInstrumentation();
    reclosed.on('open', () => {});
    await opened.fire().catch(() => {});
    await reclosed.call({});
    await policy.execute(fail).catch(() => {});
    await full.execute(fail).catch(() => {});
    for (const breaker of [opened, reclosed]) breaker.shutdown();
    console.log(published.join('\\n'));
  `);
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n')).toEqual([
    'reclosed state=0',
    'opened state=2',
    'opened rejected',
    'reclosed allowed',
    'default state=0',
    'default allowed',
    'default opened',
    'default state=2',
    'default bulkhead_rejected',
    'opened state=0',
    'reclosed state=0',
  ]);
});

test('a second instrumentation records the breakers of a library that the first one had patched', async () => {
  const { stdout } = await runModule(`
    import { attach, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    const first = new SnakepitInstrumentation();
    const { default: CircuitBreaker } = await import('opossum');
    const old = new CircuitBreaker(async () => 1, { name: 'old', timeout: false });
    first.disable();
    const pools = [];
    attach('test', 'snakepit.circuit_breaker.call.allowed', ({ metadata }) => pools.push(metadata.pool));
    new SnakepitInstrumentation();
    const created = new CircuitBreaker(async () => 1, { name: 'new', timeout: false });
    await old.fire();
    await created.fire();
    console.log(pools.join());
  `);
  expect(stdout).toBe('old,new\n');
});

test('a library that cannot be patched any more is named once, with the remedy', {
  tags: ['H30'],
}, async () => {
  const { stdout, stderr } = await runModule(`
    import { diag, DiagConsoleLogger } from '@opentelemetry/api';
    import CircuitBreaker from 'opossum';
    import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    diag.setLogger(new DiagConsoleLogger());
    Object.freeze(CircuitBreaker.prototype);
    const first = new SnakepitInstrumentation();
    first.disable();
    new SnakepitInstrumentation();
    console.log(await new CircuitBreaker(async () => 'result', { timeout: false }).fire());
  `);
  expect(stdout).toContain('result');
  expect(stderr.match(/opossum 9\.0\.0 was loaded before .*load the instrumentation first/g)).toHaveLength(1);
});

test('a library of an unsupported version is left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-late-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const library = join(folder, 'node_modules/opossum');
  await mkdir(library, { recursive: true });
  await writeFile(join(library, 'package.json'), '{ "version": "4.2.1" }');
  await writeFile(join(library, 'index.js'), 'module.exports = class { on() {} call() {} };');
  const { stdout, stderr } = await runModule(`
    import { diag, DiagConsoleLogger } from '@opentelemetry/api';
    import { createRequire } from 'node:module';
    import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    const library = createRequire(import.meta.url)(${JSON.stringify(library)});
    const { on, call } = library.prototype;
    diag.setLogger(new DiagConsoleLogger());
    new SnakepitInstrumentation();
    console.log(library.prototype.on === on && library.prototype.call === call);
  `);
  expect(stdout).toContain('true');
  expect(stderr).toBe('');
});
