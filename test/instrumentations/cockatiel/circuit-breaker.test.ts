import { context, trace } from '@opentelemetry/api';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { afterEach, expect, test, vi } from 'vitest';
import { fail, instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';
import { instrumentedHost } from '../../helpers/sdk.js';

afterEach(() => vi.useRealTimers());

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
