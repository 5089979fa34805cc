// The package as it would be published: packed, installed into hosts, and used from there.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { PACKAGE_NAME, PACKAGE_VERSION } from '../../src/version.js';
import { runModule } from '../support/child.js';
import { installHost, packTarball } from './host.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const INSTALL_MS = 180_000;
const run = promisify(execFile);

let tarball: string;
beforeAll(async () => {
  tarball = await packTarball();
}, INSTALL_MS);

test('name and version are told as they are published', async () => {
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  expect([PACKAGE_NAME, PACKAGE_VERSION]).toEqual([name, version]);
});

test('publint and attw find nothing wrong with the tarball', { timeout: INSTALL_MS }, async () => {
  await run('npx', ['publint', '--strict', tarball], { cwd: ROOT });
  await run('npx', ['attw', tarball, '--profile', 'node16'], { cwd: ROOT });
});

test('the public types hold in a host of ES modules and CommonJS, with all library types checked', {
  timeout: INSTALL_MS,
}, async () => {
  const host = await installHost('types', tarball);
  const { stdout } = await run('npx', ['tsc', '-p', '.'], { cwd: host }).catch((error) => error);
  expect(stdout).toBe('');
});

describe('a host on SDK 3.x and a newer Node', () => {
  const nodePackage = `node-${process.platform}-${process.arch}`;

  test.each(['host.mjs', 'host.cjs'])(
    '%s receives spans, metrics and logs',
    { timeout: INSTALL_MS },
    async (entry) => {
      const host = await installHost('sdk3', tarball, { [nodePackage]: '24.21.0' });
      const node = join(host, 'node_modules', nodePackage, 'bin/node');
      const { stdout } = await run(node, [entry], { cwd: host });
      expect(JSON.parse(stdout)).toEqual({
        node: '24',
        attached: 1,
        names: ['postprocess', 'inference'],
        parented: true,
        events: ['snakepit.circuit_breaker.opened'],
        attributes: { 'snakepit.pool': 'default' },
        opened: 1,
        log: 'Circuit breaker OPENED for pool=default: 5 failures',
        correlated: true,
      });
    },
  );
});

test('the ES module and the CommonJS copy meet on one bus, and count once', async () => {
  const result = await runModule(`
    import { createRequire } from 'node:module';
    import * as esm from 'opentelemetry-instrumentation-snakepit';
    import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
    import { metrics } from '@opentelemetry/api';
    const cjs = createRequire(process.cwd() + '/')('opentelemetry-instrumentation-snakepit');
    const exporter = new InMemoryMetricExporter(1);
    const reader = new PeriodicExportingMetricReader({ exporter });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    const instrumentations = [new esm.SnakepitInstrumentation(), new cjs.SnakepitInstrumentation()];
    esm.attach('taken', 'snakepit.circuit_breaker.closed', ({ metadata }) => console.log('heard', metadata.pool));
    try { cjs.attach('taken', 'snakepit.error.oom', () => {}); } catch (error) { console.log(error.code); }
    cjs.execute('snakepit.circuit_breaker.closed', {}, { pool: 'default' });
    await reader.forceFlush();
    const all = exporter.getMetrics().flatMap((r) => r.scopeMetrics).flatMap((s) => s.metrics);
    console.log(all.find((m) => m.descriptor.name === 'snakepit.circuit_breaker.closed.total').dataPoints.map((p) => p.value));
    console.log(esm.detach('taken') && !cjs.detach('taken'));
    process.exit();`);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  expect(result.stdout.trim().split('\n')).toEqual([
    'SNAKEPIT_HANDLER_EXISTS',
    'heard default',
    '[ 1 ]',
    'true',
  ]);
});

test('the library proper loads no SDK and no exporter', async () => {
  const result = await runModule(`
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/');
    require('opentelemetry-instrumentation-snakepit');
    console.log(Object.keys(require.cache).filter((path) => /@opentelemetry.(sdk|exporter|resources|core)/.test(path)).length);`);
  expect(result).toMatchObject({ code: 0, stdout: '0\n' });
});
