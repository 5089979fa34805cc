import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  fallback,
  handleAll,
  noop,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { expect, test } from 'vitest';
import { instrumentBreaker } from '../../../src/index.js';
import { instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

test('the shared policy noop is not changed', () => {
  expect(Reflect.ownKeys(noop)).toEqual(Reflect.ownKeys(instrumented(noop)));
  expect(Object.hasOwn(noop, 'execute')).toBe(false);
});

test('a policy is restored when recording stops', () => {
  for (const create of [
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
    const policy = create();
    const before = shape(policy);
    const stop = instrumentBreaker(policy);
    expect(Object.keys(policy)).toEqual(Object.keys(create()));
    stop();
    expect(shape(policy)).toEqual(before);
  }
});

test('a copy made by dangerouslyUnref() is recorded in the same pool', async () => {
  const recorded = recordEvents();
  const retries = instrumented(retry(handleAll, { maxAttempts: 1 }), 'free').dangerouslyUnref();
  await retries.execute(() => 1);
  const limit = instrumented(timeout(1, TimeoutStrategy.Aggressive), 'free').dangerouslyUnref();
  const alive = setTimeout(() => {}, 1000);
  await settled(limit.execute(() => new Promise(() => {})));
  clearTimeout(alive);
  expect(recorded.events.map(({ name, metadata }) => [name, metadata.pool])).toEqual([
    ['snakepit.retry.success', 'free'],
    ['snakepit.circuit_breaker.call.timeout', 'free'],
  ]);
});
