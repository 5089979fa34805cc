import { diag } from '@opentelemetry/api';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { ConsecutiveBreaker, circuitBreaker, handleAll, noop, retry, wrap } from 'cockatiel';
import { expect, onTestFinished, test, vi } from 'vitest';
import { instrumentBreaker, SnakepitInstrumentation } from '../../src/index.js';
import { type Breaker, CircuitBreaker } from '../helpers/opossum.js';
import { recordEvents } from '../helpers/record.js';
import { instrumentedHost } from '../helpers/sdk.js';

const createAnonymous = () => async () => 'done';
const createBreaker = (
  options: Record<string, unknown>,
  action: () => unknown = createAnonymous(),
): Breaker => {
  const breaker = new CircuitBreaker(action, { timeout: false, ...options });
  onTestFinished(() => breaker.shutdown());
  return breaker;
};
const poolOf = (breaker: Breaker, options?: { pool: string }): unknown => {
  const recorded = recordEvents();
  onTestFinished(instrumentBreaker(breaker, options));
  breaker.open();
  return recorded.all('opened')[0]?.metadata.pool;
};

test.each([
  ['the option', { name: 'own', group: 'team' }, { pool: 'given' }, 'given'],
  ['the name of the breaker', { name: 'own', group: 'team' }, undefined, 'own'],
  ['the group of the breaker if it has no name', { group: 'team' }, undefined, 'team'],
  ['default without any name', {}, undefined, 'default'],
] as const)('the pool is %s', (_source, names, options, pool) => {
  expect(poolOf(createBreaker(names), options)).toBe(pool);
});

test('the pool is the name of the function of a breaker without a name', () => {
  expect(poolOf(createBreaker({}, async function query() {}))).toBe('query');
});

test('a breaker that is instrumented twice is recorded once; the second call can change the pool', async () => {
  const recorded = recordEvents();
  const breaker = createBreaker({ name: 'first' });
  const stop = instrumentBreaker(breaker);
  expect(instrumentBreaker(breaker, { pool: 'second' })).toBeTypeOf('function');
  await breaker.fire();
  expect(recorded.names()).toEqual(['call.allowed', 'call.success']);
  expect(recorded.all('call.success')[0]?.metadata.pool).toBe('second');
  stop();
  await breaker.fire();
  breaker.open();
  expect(recorded.names()).toHaveLength(2);
});

test('a breaker that is instrumented again after a stop is recorded', async () => {
  const recorded = recordEvents();
  const breaker = createBreaker({ name: 'again' });
  instrumentBreaker(breaker)();
  breaker.open();
  onTestFinished(instrumentBreaker(breaker));
  expect(recorded.state('again')).toBe(2);
  breaker.close();
  expect(recorded.names()).toEqual(['closed']);
  expect(recorded.all('closed')[0]?.measurements).toEqual({});
});

test('a wrapper that the host adds later works after recording stops', async () => {
  const recorded = recordEvents();
  const breaker = createBreaker({ name: 'wrapped' });
  const stop = instrumentBreaker(breaker);
  const inner = breaker.emit;
  const seen: string[] = [];
  breaker.emit = function (this: Breaker, event, ...args) {
    seen.push(event);
    return inner.call(this, event, ...args);
  };
  stop();
  await breaker.fire();
  expect(seen).toEqual(['fire', 'success']);
  expect(recorded.names()).toEqual([]);
});

test('the state of a pool is the worst state of its breakers', () => {
  const recorded = recordEvents();
  const [one, two] = [createBreaker({ name: 'pair' }), createBreaker({ name: 'pair' })];
  for (const breaker of [one, two]) onTestFinished(instrumentBreaker(breaker));
  one.open();
  two.open();
  one.close();
  expect(recorded.state('pair')).toBe(2);
  instrumentBreaker(two, { pool: 'moved' });
  expect([recorded.state('pair'), recorded.state('moved')]).toEqual([0, 2]);
});

test('an SDK that is registered after the breaker exports its state', async () => {
  const breaker = createBreaker({ name: 'early' });
  breaker.open();
  onTestFinished(instrumentBreaker(breaker));
  const host = instrumentedHost();
  expect(await host.value('snakepit.circuit_breaker.state', { pool: 'early' })).toBe(2);
});

test('a meter provider that is set after the instrumentation exports the state', async () => {
  const breaker = createBreaker({ name: 'between' });
  const instrumentation = new SnakepitInstrumentation();
  breaker.open();
  onTestFinished(instrumentBreaker(breaker));
  const exporter = new InMemoryMetricExporter(1);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    instrumentation.disable();
    await provider.shutdown();
  });
  instrumentation.setMeterProvider(provider);
  await reader.forceFlush();
  const metrics = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const gauge = metrics.find(({ descriptor }) => descriptor.name === 'snakepit.circuit_breaker.state');
  expect(gauge?.dataPoints).toMatchObject([{ attributes: { pool: 'between' }, value: 2 }]);
});

test('the time spent open is recorded in a histogram, in seconds', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const host = instrumentedHost();
  const breaker = createBreaker({ name: 'timed' });
  onTestFinished(instrumentBreaker(breaker));
  breaker.open();
  vi.advanceTimersByTime(1500);
  breaker.close();
  expect(await host.value('snakepit.circuit_breaker.open.duration', { pool: 'timed' })).toMatchObject({
    count: 1,
    sum: expect.closeTo(1.5),
  });
});

test('all policies that wrap() combined are recorded', async () => {
  const recorded = recordEvents();
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(1) });
  const policy = wrap(retry(handleAll, { maxAttempts: 1 }), breaker);
  const stop = instrumentBreaker(policy, { pool: 'both' });
  await policy.execute(() => Promise.reject(new Error('no'))).catch(() => {});
  expect(new Set(recorded.events.map(({ metadata }) => metadata.pool))).toEqual(new Set(['both']));
  expect(recorded.names()).toEqual([
    'call.allowed',
    'call.failure',
    'opened',
    'retry.attempt',
    'retry.backoff',
    'call.rejected',
    'retry.exhausted',
  ]);
  stop();
  await policy.execute(() => 1).catch(() => {});
  expect(recorded.names()).toHaveLength(7);
});

test('a policy without events, and a breaker that cannot be read, are ignored with one warning', () => {
  const warnings: string[] = [];
  const logger = {
    verbose() {},
    debug() {},
    info() {},
    error() {},
    warn: (...parts: unknown[]) => void warnings.push(parts.join(' ')),
  };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  for (const value of [noop, { execute() {} }, { fire() {}, emit() {} }]) {
    expect(instrumentBreaker(value as never)()).toBeUndefined();
  }
  expect(warnings).toHaveLength(1);
});

test('an object that is not a breaker, an unknown option and an invalid pool are rejected', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw Object.create(null);
      },
    },
  );
  const rejection = (message: string) =>
    expect.objectContaining({ code: 'SNAKEPIT_CONFIGURATION', message: expect.stringContaining(message) });
  for (const value of [undefined, null, 7, {}, () => {}, hostile]) {
    expect(() => instrumentBreaker(value as never)).toThrow(rejection('Invalid breaker: '));
  }
  const breaker = createBreaker({});
  for (const pool of ['', 7]) {
    expect(() => instrumentBreaker(breaker, { pool: pool as string })).toThrow(rejection('Invalid pool: '));
  }
  expect(() => instrumentBreaker(breaker, { poool: 'p' } as never)).toThrow(
    rejection('Did you mean "pool"?'),
  );
});

test('breakers beyond 100 pools are recorded in the overflow pool', () => {
  const recorded = recordEvents();
  for (let i = 0; i < 120; i++) onTestFinished(instrumentBreaker(createBreaker({ name: `tenant-${i}` })));
  const pools = new Set(recorded.all('state').map(({ metadata }) => metadata.pool));
  expect(pools.size).toBeLessThanOrEqual(101);
  expect(pools).toContain('other');
});
