import { ConstantBackoff, handleAll, handleType, handleWhenResult, retry } from 'cockatiel';
import { expect, test } from 'vitest';
import { fail, failure, instrumented, settled } from '../../helpers/cockatiel.js';
import { recordEvents } from '../../helpers/record.js';

test('publishes attempts, delays and the result, counted per operation', async () => {
  const recorded = recordEvents();
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
    recorded.all(name).map(({ measurements: m, metadata: t }) => m.attempts ?? m.attempt ?? t.attempt);
  expect(attempts('retry.success')).toEqual([1, 2, 3]);
  expect(attempts('retry.exhausted')).toEqual([3]);
  expect(attempts('retry.attempt').toSorted()).toEqual([1, 1, 1, 2, 2]);
  expect(attempts('retry.backoff').toSorted()).toEqual([1, 1, 1, 2, 2]);
  expect(recorded.all('retry.backoff')[0]?.measurements).toEqual({ delay_ms: 1 });
  expect(recorded.all('retry.exhausted')[0]?.metadata).toEqual({ pool: 'p', last_error: 'RangeError' });
  for (const { measurements } of recorded.all('retry.success')) {
    expect(measurements.total_duration).toSatisfy(Number.isInteger);
  }
});

test('an error that the policy does not handle is not published', async () => {
  const recorded = recordEvents();
  const policy = instrumented(retry(handleType(TypeError), { maxAttempts: 2 }));
  expect(await settled(policy.execute(fail))).toBe(failure);
  expect(recorded.names()).toEqual([]);
});

test('a result that the policy treats as a failure is published as one', async () => {
  const recorded = recordEvents();
  const policy = instrumented(
    retry(
      handleWhenResult((result) => result === 'bad'),
      { maxAttempts: 0 },
    ),
  );
  expect(await policy.execute(() => 'bad')).toBe('bad');
  expect(recorded.all('retry.exhausted')[0]?.metadata.last_error).toBe('result');
});
