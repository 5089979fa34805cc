import { runInNewContext } from 'node:vm';
import { ConsecutiveBreaker, circuitBreaker, handleAll, retry, TimeoutStrategy, timeout } from 'cockatiel';
import { expect, test } from 'vitest';
import { instrumentBreaker } from '../../../src/index.js';
import { instrumented, settled } from '../../helpers/cockatiel.js';
import { CircuitBreaker } from '../../helpers/opossum.js';
import { recordEvents } from '../../helpers/record.js';

const breaker = () =>
  circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(1) });

function opossum() {
  const created = new CircuitBreaker(async () => 1, { enableSnapshots: false, timeout: false });
  return Object.defineProperty(created, 'emit', { value: created.emit });
}

test.for<[string, () => object]>([
  ['circuit breaker of cockatiel', () => Object.freeze(breaker())],
  ['retry policy of cockatiel', () => Object.freeze(retry(handleAll, { maxAttempts: 1 }))],
  // It changes itself in calls.
  ['method of a breaker of opossum', opossum],
])('a %s that the host has frozen works, has no events and is in no pool', async ([name, create]) => {
  const recorded = recordEvents();
  const policy = create();
  const keysOfParts = () => Object.values(policy).map((part) => Reflect.ownKeys(Object(part)));
  const before = keysOfParts();
  for (let i = 0; i < 2; i++) instrumentBreaker(policy as never, { pool: name })();
  expect(keysOfParts()).toEqual(before);
  const call = Reflect.get(policy, 'execute') ?? Reflect.get(policy, 'fire');
  expect(await call.call(policy, async () => 1)).toBe(1);
  expect(recorded.events).toEqual([]);
});

test('a policy that the host has frozen is recorded once if its parts can be', async () => {
  const recorded = recordEvents();
  const policy = instrumented(Object.freeze(timeout(1, TimeoutStrategy.Aggressive)));
  instrumentBreaker(policy);
  await settled(policy.execute(() => new Promise(() => {})));
  expect(recorded.names()).toEqual(['call.timeout']);
});

test('an error of another realm, as in tests under jest, is recorded by its name', async () => {
  const recorded = recordEvents();
  const policy = instrumented(breaker());
  const error: unknown = runInNewContext('new RangeError("mine")');
  expect(await settled(policy.execute(() => Promise.reject(error)))).toBe(error);
  expect(recorded.all('call.failure')).toMatchObject([{ metadata: { error: 'RangeError' } }]);
});
