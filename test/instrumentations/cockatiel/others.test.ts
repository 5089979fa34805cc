import {
  bulkhead,
  ConsecutiveBreaker,
  circuitBreaker,
  fallback,
  handleAll,
  handleType,
  noop,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { expect, test } from 'vitest';
import { instrumentBreaker } from '../../../src/index.js';
import { fail, instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

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
