import { context, trace } from '@opentelemetry/api';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { instrumentBreaker } from '../../../src/index.js';
import { CircuitBreaker } from '../../helpers/opossum.js';
import { recordEvents } from '../../helpers/record.js';
import { instrumentedHost } from '../../helpers/sdk.js';

afterEach(() => vi.useRealTimers());

const QUIET = { timeout: false, rollingPercentilesEnabled: false, enableSnapshots: false };

/** Creates an instrumented breaker that fails with the error that it is called with, and opens at the first failure. */
function createBreaker(options: Record<string, unknown> = {}) {
  const breaker = new CircuitBreaker(
    async (fail?: Error) => {
      if (fail !== undefined) throw fail;
      return 'done';
    },
    { ...QUIET, name: 'db', resetTimeout: 20, errorThresholdPercentage: 1, ...options },
  );
  const stop = instrumentBreaker(breaker);
  onTestFinished(() => {
    stop();
    breaker.shutdown();
  });
  return breaker;
}
const failure = Object.assign(new Error('boom'), { code: 'ECONNREFUSED' });
const settled = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

test('publishes failure, opening, rejection, trial call and recovery', async () => {
  vi.useFakeTimers();
  const recorded = recordEvents();
  const breaker = createBreaker();
  expect(recorded.state('db')).toBe(0);
  await breaker.fire();
  await settled(breaker.fire(failure));
  expect(recorded.state('db')).toBe(2);
  await settled(breaker.fire());
  vi.advanceTimersByTime(20);
  expect(recorded.state('db')).toBe(1);
  const trial = breaker.fire();
  await settled(breaker.fire());
  await trial;
  expect(recorded.state('db')).toBe(0);

  expect(recorded.names()).toEqual([
    'call.allowed',
    'call.success',
    'call.allowed',
    'call.failure',
    'opened',
    'call.rejected',
    'half_open',
    'call.allowed',
    'call.rejected',
    'call.success',
    'closed',
  ]);
  expect(recorded.all('opened')).toMatchObject([
    { measurements: { failure_count: 1 }, metadata: { pool: 'db', reason: 'failures' } },
  ]);
  expect(recorded.all('half_open')[0]?.measurements).toEqual({ open_duration: 20_000_000 });
  expect(recorded.all('closed')[0]?.measurements).toEqual({});
  expect(recorded.all('call.rejected').map(({ metadata }) => metadata.state)).toEqual(['open', 'half_open']);
  expect(recorded.all('call.allowed').map(({ metadata }) => metadata.state)).toEqual([
    'closed',
    'closed',
    'half_open',
  ]);
  expect(recorded.all('call.failure')[0]?.metadata).toEqual({ pool: 'db', error: 'ECONNREFUSED' });
});

test('durations are integers of nanoseconds', async () => {
  vi.useFakeTimers();
  const recorded = recordEvents();
  const breaker = createBreaker();
  const slow = new CircuitBreaker(() => new Promise((done) => setTimeout(done, 30)), {
    ...QUIET,
    name: 'slow',
  });
  onTestFinished(instrumentBreaker(slow));
  const call = slow.fire();
  await vi.advanceTimersByTimeAsync(30);
  await call;
  expect(recorded.all('call.success')[0]?.measurements).toEqual({ duration: 30_000_000 });
  expect(breaker.closed).toBe(true);
});

test('publishes timeout, fallback, full bulkhead and failed health check', async () => {
  vi.useFakeTimers();
  const recorded = recordEvents();
  const breaker = createBreaker({ timeout: 5, capacity: 1, errorThresholdPercentage: 100 });
  const hanging = new CircuitBreaker(() => new Promise(() => {}), {
    ...QUIET,
    name: 'hanging',
    timeout: 5,
    capacity: 1,
    errorThresholdPercentage: 100,
  }).fallback(() => 'instead');
  onTestFinished(instrumentBreaker(hanging));
  const late = hanging.fire();
  await expect(hanging.fire()).resolves.toBe('instead');
  await vi.advanceTimersByTimeAsync(5);
  await expect(late).resolves.toBe('instead');
  expect(recorded.names()).toEqual([
    'call.allowed',
    'call.allowed',
    'call.bulkhead_rejected',
    'call.failure',
    'call.fallback',
    'call.timeout',
    'call.failure',
    'call.fallback',
  ]);
  expect(recorded.all('call.timeout')[0]?.measurements).toEqual({ duration: 5_000_000 });
  expect(recorded.all('call.fallback').map(({ metadata }) => metadata.error)).toEqual([
    'ESEMLOCKED',
    'ETIMEDOUT',
  ]);

  breaker.healthCheck(() => Promise.reject(new TypeError('ill')));
  await vi.advanceTimersByTimeAsync(0);
  expect(recorded.all('health_check.failed')[0]?.metadata).toEqual({ pool: 'db', error: 'TypeError' });
  expect(recorded.all('opened')[0]?.metadata.reason).toBe('health_check');
});

test('a call that the cache answers, or that joins another call, is not counted as allowed', async () => {
  const recorded = recordEvents();
  const cached = createBreaker({ cache: true });
  const joined = createBreaker({ coalesce: true, name: 'joined' });
  const both = createBreaker({ cache: true, coalesce: true, name: 'both' });
  for (const breaker of [cached, joined, both]) {
    await Promise.all([breaker.fire(), breaker.fire()]);
    await breaker.fire();
  }
  const allowed = recorded.all('call.allowed').map(({ metadata }) => metadata.pool);
  expect(allowed.filter((pool) => pool === 'db')).toHaveLength(2);
  expect(allowed.filter((pool) => pool === 'joined')).toHaveLength(1);
  expect(allowed.filter((pool) => pool === 'both')).toHaveLength(1);
});

test('a disabled breaker allows calls in every state', async () => {
  const recorded = recordEvents();
  const breaker = createBreaker();
  breaker.open();
  breaker.disable();
  await breaker.fire();
  expect(recorded.all('call.allowed')[0]?.metadata.state).toBe('open');
});

test('the listeners and properties of the breaker do not change', async () => {
  const plain = new CircuitBreaker(async () => 'done', { ...QUIET, name: 'plain' });
  const before = plain.eventNames().map((name) => [name, plain.listenerCount(String(name))]);
  const keys = Object.keys(plain);
  const stop = instrumentBreaker(plain);
  expect(plain.eventNames().map((name) => [name, plain.listenerCount(String(name))])).toEqual(before);
  expect(Object.keys(plain)).toEqual(keys);
  expect([plain.emit.name, plain.emit.length]).toEqual(['emit', 1]);
  stop();
  expect(Object.hasOwn(plain, 'emit')).toBe(false);
  plain.shutdown();
});

test('failures, openings and rejections are recorded on the span of their call', async () => {
  vi.useFakeTimers();
  const host = instrumentedHost();
  const breaker = createBreaker();
  const call = async (name: string, fail?: Error) => {
    const span = host.tracer.startSpan(name);
    await context.with(trace.setSpan(context.active(), span), () => settled(breaker.fire(fail)));
    span.end();
  };
  await Promise.all([call('opens', failure), call('succeeds')]);
  await call('rejected');
  await vi.advanceTimersByTimeAsync(20);
  expect(breaker.halfOpen).toBe(true);
  const seen = Object.fromEntries(host.spans().map(({ name, events }) => [name, events.map((e) => e.name)]));
  expect(seen).toEqual({
    opens: ['snakepit.circuit_breaker.call.failure', 'snakepit.circuit_breaker.opened'],
    succeeds: [],
    rejected: ['snakepit.circuit_breaker.call.rejected'],
  });
});

test('a breaker that is shut down while open leaves its pool', { tags: ['H17'] }, () => {
  const recorded = recordEvents();
  const breaker = createBreaker({ name: 'leaving' });
  breaker.open();
  expect(recorded.state('leaving')).toBe(2);
  breaker.shutdown();
  expect(recorded.state('leaving')).toBe(0);
});
