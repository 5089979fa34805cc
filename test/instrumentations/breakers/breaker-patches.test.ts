import { expect, test } from 'vitest';
import { runModule, runNode } from '../../helpers/child.js';

test('records the breakers of an application without changes to its code', async () => {
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

test('a breaker that is garbage collected while open does not keep its pool open', async () => {
  const program = `
    import { circuitBreaker, handleAll, ConsecutiveBreaker } from 'cockatiel';
    import { instrumentBreaker } from 'opentelemetry-instrumentation-snakepit';
    import { channel } from 'node:diagnostics_channel';
    const states = [];
    channel('snakepit.circuit_breaker.state').subscribe(({ measurements }) => states.push(measurements.state));
    const createAndDrop = () => {
      const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1, breaker: new ConsecutiveBreaker(1) });
      instrumentBreaker(breaker);
      breaker.isolate();
    };
    createAndDrop();
    for (let i = 0; i < 100 && states.at(-1) !== 0; i++) {
      gc();
      await new Promise(setImmediate);
    }
    console.log(states.join());
  `;
  const { stdout } = await runNode(['--expose-gc', '--input-type=module', '--eval', program]);
  expect(stdout).toBe('0,2,0\n');
});

test('a breaker that one copy of the package patched and the other instruments is recorded once', async () => {
  const { stdout } = await runModule(`
    import { createRequire } from 'node:module';
    import { channel } from 'node:diagnostics_channel';
    import { SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    const { instrumentBreaker } = createRequire(process.cwd() + '/')('opentelemetry-instrumentation-snakepit');
    const pools = [];
    channel('snakepit.circuit_breaker.call.allowed').subscribe(({ metadata }) => pools.push(metadata.pool));
    new SnakepitInstrumentation();
    const { default: CircuitBreaker } = await import('opossum');
    const breaker = new CircuitBreaker(async () => 1, { name: 'patched', timeout: false });
    await breaker.fire();
    instrumentBreaker(breaker, { pool: 'instrumented' });
    await breaker.fire();
    console.log(pools.join());
  `);
  expect(stdout).toBe('patched,instrumented\n');
});

test('disabling an idle second instrumentation does not stop the recording of breakers', async () => {
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

test.each([
  ['shut down', true, false],
  ['garbage collected', false, true],
])(
  'the pools of breakers that were %s end, and later ones have their own name',
  async (_, shutDown, collect) => {
    const program = `
    import { registerInstrumentations } from '@opentelemetry/instrumentation';
    import { InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
    import { circuitBreaker, ConsecutiveBreaker, handleAll, retry } from 'cockatiel';
    import CircuitBreaker from 'opossum';
    import { instrumentBreaker, SnakepitInstrumentation } from 'opentelemetry-instrumentation-snakepit';
    const exporter = new InMemoryMetricExporter(1);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meterProvider = new MeterProvider({ readers: [reader] });
    registerInstrumentations({ instrumentations: [new SnakepitInstrumentation()], meterProvider });
    const pools = async () => {
      exporter.reset();
      await meterProvider.forceFlush();
      return exporter.getMetrics().flatMap((all) => all.scopeMetrics).flatMap((scope) => scope.metrics)
        .filter(({ descriptor: { name } }) => /breaker[.](state|failure_count)$/.test(name))
        .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes.pool));
    };
    const kept = [];
    const create = (i) => {
      const breaker = new CircuitBreaker(async () => 1, { name: 'opossum-' + i, timeout: false });
      instrumentBreaker(breaker);
      breaker.open();
      breaker.${shutDown ? 'shutdown' : 'close'}();
      breaker.${shutDown ? 'open' : 'close'}();
      if (${shutDown}) kept.push(breaker);
      if (${!collect}) return;
      const policy = circuitBreaker(handleAll, { halfOpenAfter: 1, breaker: new ConsecutiveBreaker(1) });
      instrumentBreaker(policy, { pool: 'cockatiel-' + i });
      policy.isolate();
      instrumentBreaker(retry(handleAll, { maxAttempts: 1 }), { pool: 'retry-' + i });
      breaker.status.shutdown(); // ends the timers that keep the breaker in memory
    };
    for (let i = 0; i < 150; i++) {
      create(i);
      if (i % 30 !== 29 || ${!collect}) continue;
      for (let round = 0; round < 20; round++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    let left;
    for (let i = 0; i < 100 && left?.length !== 0; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 10));
      left = await pools();
    }
    instrumentBreaker(new CircuitBreaker(async () => 1, { name: 'later', timeout: false }));
    console.log(JSON.stringify({ left, later: await pools() }));
    process.exit();
  `;
    const { stdout, stderr } = await runNode(['--expose-gc', '--input-type=module', '--eval', program]);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ left: [], later: ['later'] });
  },
);
