import {
  ConstantBackoff,
  handleAll,
  handleType,
  handleWhenResult,
  retry,
  TimeoutStrategy,
  timeout,
} from 'cockatiel';
import { expect, test } from 'vitest';
import { fail, failure, instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

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
