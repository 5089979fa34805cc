import { diag } from '@opentelemetry/api';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { ConsecutiveBreaker, circuitBreaker, handleAll, retry, wrap } from 'cockatiel';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ConfigurationError, instrumentBreaker, SnakepitInstrumentation } from '../../../src/index.js';
import { type Breaker, CircuitBreaker } from '../../helpers/opossum.js';
import { recordEvents } from '../../helpers/record.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const nameless = () => async () => 'done';
const make = (options: Record<string, unknown>, action: () => unknown = nameless()): Breaker => {
  const breaker = new CircuitBreaker(action, { timeout: false, ...options });
  onTestFinished(() => breaker.shutdown());
  return breaker;
};
const poolOf = (breaker: Breaker, options?: { pool: string }): unknown => {
  const told = recordEvents();
  onTestFinished(instrumentBreaker(breaker, options));
  breaker.open();
  return told.all('opened')[0]?.metadata.pool;
};

test.each([
  ['the one that is given', { name: 'own', group: 'team' }, { pool: 'given' }, 'given'],
  ['the name of the breaker', { name: 'own', group: 'team' }, undefined, 'own'],
  ['its group, where only that was named', { group: 'team' }, undefined, 'team'],
  ['default, where nothing was named', {}, undefined, 'default'],
] as const)('the pool is %s', (_what, names, options, pool) => {
  expect(poolOf(make(names), options)).toBe(pool);
});

test('the name of the function is the breaker’s', () => {
  expect(poolOf(make({}, async function query() {}))).toBe('query');
});

test('a breaker instrumented twice reports once; the second time may name its pool', async () => {
  const told = recordEvents();
  const breaker = make({ name: 'first' });
  const stop = instrumentBreaker(breaker);
  expect(instrumentBreaker(breaker, { pool: 'second' })).toBeTypeOf('function');
  await breaker.fire();
  expect(told.names()).toEqual(['call.allowed', 'call.success']);
  expect(told.all('call.success')[0]?.metadata.pool).toBe('second');
  stop();
  await breaker.fire();
  breaker.open();
  expect(told.names()).toHaveLength(2);
});

test('stopped and instrumented again, it reports again', async () => {
  const told = recordEvents();
  const breaker = make({ name: 'again' });
  instrumentBreaker(breaker)();
  breaker.open();
  onTestFinished(instrumentBreaker(breaker));
  expect(told.state('again')).toBe(2);
  breaker.close();
  expect(told.names()).toEqual(['closed']);
  expect(told.all('closed')[0]?.measurements).toEqual({});
});

test('a listener of the host that wraps emit later keeps working when ours is gone', async () => {
  const told = recordEvents();
  const breaker = make({ name: 'wrapped' });
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
  expect(told.names()).toEqual([]);
});

test('the state of a pool is the worst of its breakers', () => {
  const told = recordEvents();
  const [one, two] = [make({ name: 'pair' }), make({ name: 'pair' })];
  for (const breaker of [one, two]) onTestFinished(instrumentBreaker(breaker));
  one.open();
  two.open();
  one.close();
  expect(told.state('pair')).toBe(2);
  instrumentBreaker(two, { pool: 'moved' });
  expect([told.state('pair'), told.state('moved')]).toEqual([0, 2]);
});

test('an SDK that comes after the breaker scrapes its state', async () => {
  const breaker = make({ name: 'early' });
  breaker.open();
  onTestFinished(instrumentBreaker(breaker));
  const host = instrumentedHost();
  expect(await host.value('snakepit.circuit_breaker.state', { pool: 'early' })).toBe(2);
});

test('a provider that comes after the instrumentation scrapes the state', async () => {
  const breaker = make({ name: 'between' });
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

test('time spent open goes into a histogram, in seconds', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const host = instrumentedHost();
  const breaker = make({ name: 'timed' });
  onTestFinished(instrumentBreaker(breaker));
  breaker.open();
  vi.advanceTimersByTime(1500);
  breaker.close();
  expect(await host.value('snakepit.circuit_breaker.open.duration', { pool: 'timed' })).toMatchObject({
    count: 1,
    sum: expect.closeTo(1.5),
  });
});

test('all policies put together by wrap() report', async () => {
  const told = recordEvents();
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1000, breaker: new ConsecutiveBreaker(1) });
  const policy = wrap(retry(handleAll, { maxAttempts: 1 }), breaker);
  const stop = instrumentBreaker(policy, { pool: 'both' });
  await policy.execute(() => Promise.reject(new Error('no'))).catch(() => {});
  expect(new Set(told.events.map(({ metadata }) => metadata.pool))).toEqual(new Set(['both']));
  expect(told.names()).toEqual([
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
  expect(told.names()).toHaveLength(7);
});

test('what is no breaker is told once and ignored; a pool that is no name is refused', () => {
  const said: string[] = [];
  const logger = {
    verbose() {},
    debug() {},
    info() {},
    error() {},
    warn: (...parts: unknown[]) => void said.push(parts.join(' ')),
  };
  diag.setLogger(logger, { suppressOverrideMessage: true });
  onTestFinished(() => diag.disable());
  for (const thing of [undefined, null, 7, {}, () => {}, { execute() {} }, { fire() {}, emit() {} }]) {
    expect(instrumentBreaker(thing as never)()).toBeUndefined();
  }
  expect(said).toHaveLength(1);
  const hostile = new Proxy(
    {},
    {
      get() {
        throw Object.create(null);
      },
    },
  );
  expect(instrumentBreaker(hostile as never)()).toBeUndefined();
  const breaker = make({});
  for (const pool of ['', 7]) {
    expect(() => instrumentBreaker(breaker, { pool: pool as string })).toThrow(ConfigurationError);
  }
});

test('there are at most a hundred pools', () => {
  const told = recordEvents();
  for (let i = 0; i < 120; i++) onTestFinished(instrumentBreaker(make({ name: `tenant-${i}` })));
  const pools = new Set(told.all('state').map(({ metadata }) => metadata.pool));
  expect(pools.size).toBeLessThanOrEqual(101);
  expect(pools).toContain('other');
});
