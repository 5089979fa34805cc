import { context, trace } from '@opentelemetry/api';
import {
  bulkhead,
  ConsecutiveBreaker,
  ConstantBackoff,
  circuitBreaker,
  fallback,
  handleAll,
  handleType,
  handleWhenResult,
  noop,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { instrumentBreaker } from '../../src/index.js';
import { instrumentedHost } from '../support/sdk.js';
import { recordEvents } from './record.js';

afterEach(() => vi.useRealTimers());

const failure = new RangeError('boom');
const fail = () => Promise.reject(failure);
const settled = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);
const instrumented = <P extends Parameters<typeof instrumentBreaker>[0]>(policy: P, pool = 'p'): P => {
  onTestFinished(instrumentBreaker(policy, { pool }));
  return policy;
};
const breakerOf = (options: { pool?: string; initialState?: unknown } = {}) =>
  instrumented(
    circuitBreaker(handleAll, {
      halfOpenAfter: 20,
      breaker: new ConsecutiveBreaker(2),
      ...(options.initialState !== undefined && { initialState: options.initialState }),
    }),
    options.pool,
  );

test('a life: failures, open, refusal, probe, recovery', async () => {
  vi.useFakeTimers();
  const told = recordEvents();
  const breaker = breakerOf();
  expect(told.state('p')).toBe(0);
  await breaker.execute(() => 1);
  await settled(breaker.execute(fail));
  await settled(breaker.execute(fail));
  expect(told.state('p')).toBe(2);
  await settled(breaker.execute(() => 1));
  vi.advanceTimersByTime(20);
  expect(told.state('p')).toBe(2);
  const trial = breaker.execute(() => 1);
  expect(told.state('p')).toBe(1);
  const waiting = breaker.execute(() => 1);
  await Promise.all([trial, waiting]);
  expect(told.state('p')).toBe(0);
  expect(told.names()).toEqual([
    'call.allowed',
    'call.success',
    'call.allowed',
    'call.failure',
    'call.allowed',
    'call.failure',
    'opened',
    'call.rejected',
    'half_open',
    'call.allowed',
    'call.success',
    'closed',
    'call.allowed',
    'call.success',
  ]);
  expect(told.all('opened')).toMatchObject([
    { measurements: { failure_count: 2 }, metadata: { pool: 'p', reason: 'failures' } },
  ]);
  expect(told.all('half_open')[0]?.measurements).toEqual({ open_duration: 20_000_000 });
  expect(told.all('call.failure')[0]?.metadata).toEqual({ pool: 'p', error: 'RangeError' });
  expect(told.all('call.allowed').map(({ metadata }) => metadata.state)).toEqual([
    'closed',
    'closed',
    'closed',
    'half_open',
    'closed',
  ]);
});

test('held open by hand, it refuses until it is let go', async () => {
  const told = recordEvents();
  const breaker = breakerOf();
  const handle = breaker.isolate();
  await settled(breaker.execute(() => 1));
  handle.dispose();
  expect(told.names()).toEqual(['opened', 'call.rejected', 'closed']);
  expect(told.all('opened')[0]?.metadata.reason).toBe('isolated');
});

test('begun open, from a state that was kept, it is open at once', async () => {
  const kept = breakerOf({ pool: 'kept' });
  await settled(kept.execute(fail));
  await settled(kept.execute(fail));
  const told = recordEvents();
  breakerOf({ pool: 'again', initialState: kept.toJSON() });
  expect(told.state('again')).toBe(2);
  expect(told.names()).toEqual([]);
});

test('retries: attempts, waits and how it ended, each of its own operation', async () => {
  const told = recordEvents();
  const policy = instrumented(retry(handleAll, { maxAttempts: 2, backoff: new ConstantBackoff(1.4) }));
  const failing = (times: number) => () => (times-- > 0 ? fail() : Promise.resolve('done'));
  const results = await Promise.all([
    policy.execute(failing(0)),
    policy.execute(failing(1)),
    policy.execute(failing(2)),
    settled(policy.execute(failing(3))),
  ]);
  expect(results).toEqual(['done', 'done', 'done', failure]);
  const attempts = (name: string) =>
    told.all(name).map(({ measurements: m, metadata: t }) => m.attempts ?? m.attempt ?? t.attempt);
  expect(attempts('retry.success')).toEqual([1, 2, 3]);
  expect(attempts('retry.exhausted')).toEqual([3]);
  expect(attempts('retry.attempt').toSorted()).toEqual([1, 1, 1, 2, 2]);
  expect(attempts('retry.backoff').toSorted()).toEqual([1, 1, 1, 2, 2]);
  expect(told.all('retry.backoff')[0]?.measurements).toEqual({ delay_ms: 1 });
  expect(told.all('retry.exhausted')[0]?.metadata).toEqual({ pool: 'p', last_error: 'RangeError' });
  for (const { measurements } of told.all('retry.success')) {
    expect(measurements.total_duration).toSatisfy(Number.isInteger);
  }
});

test('an error that a retry policy is not there for is no event', async () => {
  const told = recordEvents();
  const policy = instrumented(retry(handleType(TypeError), { maxAttempts: 2 }));
  expect(await settled(policy.execute(fail))).toBe(failure);
  expect(told.names()).toEqual([]);
});

test('a result that is taken for an error is told as one', async () => {
  const told = recordEvents();
  const policy = instrumented(
    retry(
      handleWhenResult((result) => result === 'bad'),
      { maxAttempts: 0 },
    ),
  );
  expect(await policy.execute(() => 'bad')).toBe('bad');
  expect(told.all('retry.exhausted')[0]?.metadata.last_error).toBe('result');
});

test('a copy of a policy that does not hold the process reports too, to the same pool', async () => {
  const told = recordEvents();
  const retries = instrumented(retry(handleAll, { maxAttempts: 1 }), 'free').dangerouslyUnref();
  await retries.execute(() => 1);
  const limit = instrumented(timeout(1, TimeoutStrategy.Aggressive), 'free').dangerouslyUnref();
  const alive = setTimeout(() => {}, 1000);
  await settled(limit.execute(() => new Promise(() => {})));
  clearTimeout(alive);
  expect(told.events.map(({ name, metadata }) => [name, metadata.pool])).toEqual([
    ['snakepit.retry.success', 'free'],
    ['snakepit.circuit_breaker.call.timeout', 'free'],
  ]);
});

test('timeout, full bulkhead and fallback', async () => {
  const told = recordEvents();
  const limit = instrumented(timeout(1, TimeoutStrategy.Aggressive));
  await settled(limit.execute(() => new Promise(() => {})));
  const gate = instrumented(bulkhead(1));
  await Promise.all([gate.execute(async () => 1), settled(gate.execute(async () => 2))]);
  const instead = instrumented(fallback(handleType(RangeError), 'instead'));
  expect(await instead.execute(fail)).toBe('instead');
  expect(await instead.execute(() => 'own')).toBe('own');
  expect(await settled(instead.execute(() => Promise.reject(new TypeError('other'))))).toBeInstanceOf(
    TypeError,
  );
  expect(told.names()).toEqual(['call.timeout', 'call.bulkhead_rejected', 'call.fallback']);
  expect(told.all('call.fallback')[0]?.metadata).toEqual({ pool: 'p', error: 'RangeError' });
});

test('the one policy that does nothing is shared by all, and left alone', () => {
  expect(Reflect.ownKeys(noop)).toEqual(Reflect.ownKeys(instrumented(noop)));
  expect(Object.hasOwn(noop, 'execute')).toBe(false);
});

test('a listener added by the only listener is called from the next time on, as without us', async () => {
  const breaker = breakerOf();
  const calls: string[] = [];
  breaker.onSuccess(() => {
    calls.push('first');
    if (calls.length === 1) breaker.onSuccess(() => calls.push('second'));
  });
  await breaker.execute(() => 1);
  expect(calls).toEqual(['first']);
  await breaker.execute(() => 1);
  expect(calls).toEqual(['first', 'first', 'second']);
});

test('let go, a policy is as it was made', () => {
  for (const make of [
    () => circuitBreaker(handleAll, { halfOpenAfter: 20, breaker: new ConsecutiveBreaker(2) }),
    () => retry(handleAll, { maxAttempts: 2 }),
    () => timeout(1, TimeoutStrategy.Aggressive),
    () => bulkhead(1),
    () => fallback(handleAll, 1),
  ]) {
    const shape = (value: object): unknown =>
      Reflect.ownKeys(value).map((key) => {
        const part = Reflect.get(value, key);
        return [key, typeof part === 'object' && part !== null ? Reflect.ownKeys(part) : typeof part];
      });
    const policy = make();
    const before = shape(policy);
    const stop = instrumentBreaker(policy);
    expect(Object.keys(policy)).toEqual(Object.keys(make()));
    stop();
    expect(shape(policy)).toEqual(before);
  }
});

test('what trips, and what is refused, shows on the span of its call', async () => {
  const host = instrumentedHost();
  const breaker = breakerOf();
  const call = async (name: string, fn: () => unknown) => {
    const span = host.tracer.startSpan(name);
    await context.with(trace.setSpan(context.active(), span), () => settled(breaker.execute(fn)));
    span.end();
  };
  await call('fails', fail);
  await call('trips', fail);
  await call('refused', () => 1);
  const seen = Object.fromEntries(host.spans().map(({ name, events }) => [name, events.map((e) => e.name)]));
  expect(seen).toEqual({
    fails: ['snakepit.circuit_breaker.call.failure'],
    trips: ['snakepit.circuit_breaker.call.failure', 'snakepit.circuit_breaker.opened'],
    refused: ['snakepit.circuit_breaker.call.rejected'],
  });
});
