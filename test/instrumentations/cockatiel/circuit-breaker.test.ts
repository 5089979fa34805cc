import { context, trace } from '@opentelemetry/api';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { afterEach, expect, test, vi } from 'vitest';
import { fail, instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';
import { instrumentedHost } from '../../helpers/sdk.js';

afterEach(() => vi.useRealTimers());

const createBreaker = (options: { pool?: string; initialState?: unknown; halfOpenAfter?: number } = {}) =>
  instrumented(
    circuitBreaker(handleAll, {
      halfOpenAfter: options.halfOpenAfter ?? 20,
      breaker: new ConsecutiveBreaker(2),
      ...(options.initialState !== undefined && { initialState: options.initialState }),
    }),
    options.pool,
  );

test('publishes failures, opening, rejection, trial call and recovery', async () => {
  vi.useFakeTimers();
  const recorded = recordEvents();
  const breaker = createBreaker();
  expect(recorded.state('p')).toBe(0);
  await breaker.execute(() => 1);
  await settled(breaker.execute(fail));
  await settled(breaker.execute(fail));
  expect(recorded.state('p')).toBe(2);
  await settled(breaker.execute(() => 1));
  vi.advanceTimersByTime(20);
  expect(recorded.state('p')).toBe(2);
  const trial = breaker.execute(() => 1);
  expect(recorded.state('p')).toBe(1);
  const waiting = breaker.execute(() => 1);
  await Promise.all([trial, waiting]);
  expect(recorded.state('p')).toBe(0);
  expect(recorded.names()).toEqual([
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
  expect(recorded.all('opened')).toMatchObject([
    { measurements: { failure_count: 2 }, metadata: { pool: 'p', reason: 'failures' } },
  ]);
  expect(recorded.all('half_open')[0]?.measurements).toEqual({ open_duration: 20_000_000 });
  expect(recorded.all('call.failure')[0]?.metadata).toEqual({ pool: 'p', error: 'RangeError' });
  expect(recorded.all('call.allowed').map(({ metadata }) => metadata.state)).toEqual([
    'closed',
    'closed',
    'closed',
    'half_open',
    'closed',
  ]);
});

test('an isolated breaker rejects calls until it is released', async () => {
  const recorded = recordEvents();
  const breaker = createBreaker();
  const handle = breaker.isolate();
  await settled(breaker.execute(() => 1));
  handle.dispose();
  expect(recorded.names()).toEqual(['opened', 'call.rejected', 'closed']);
  expect(recorded.all('opened')[0]?.metadata.reason).toBe('isolated');
});

test('a breaker with an open initial state is open at once', async () => {
  const kept = createBreaker({ pool: 'kept' });
  await settled(kept.execute(fail));
  await settled(kept.execute(fail));
  const recorded = recordEvents();
  createBreaker({ pool: 'again', initialState: kept.toJSON() });
  expect(recorded.state('again')).toBe(2);
  expect(recorded.names()).toEqual([]);
});

test('a listener that the only listener adds is called from the next event on', async () => {
  const breaker = createBreaker();
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

test('failures, openings and rejections are recorded on the span of their call', async () => {
  const host = instrumentedHost();
  const breaker = createBreaker({ halfOpenAfter: 60_000 });
  const call = async (name: string, fn: () => unknown) => {
    const span = host.tracer.startSpan(name);
    await context.with(trace.setSpan(context.active(), span), () => settled(breaker.execute(fn)));
    span.end();
  };
  await call('fails', fail);
  await call('opens', fail);
  await call('rejected', () => 1);
  const seen = Object.fromEntries(host.spans().map(({ name, events }) => [name, events.map((e) => e.name)]));
  expect(seen).toEqual({
    fails: ['snakepit.circuit_breaker.call.failure'],
    opens: ['snakepit.circuit_breaker.call.failure', 'snakepit.circuit_breaker.opened'],
    rejected: ['snakepit.circuit_breaker.call.rejected'],
  });
});
