import { describe, expect, test } from 'vitest';
import { counter, defineEvent, execute, worker } from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const executed = (worker_id: string, metadata: object = {}) =>
  execute(
    'snakepit.grpc_worker.execute.stop',
    { duration: 1, monotonic_time: 0, duration_ms: 1, executions: 1, errors: 1 },
    { command: 'c', worker_id, ...metadata },
  );
const points = async (host: ReturnType<typeof instrumentedHost>, name: string) =>
  ((await host.metric(name))?.dataPoints ?? []).map(({ attributes, value }) => [attributes, value]);

describe('the label of a worker', () => {
  test('is its id without the number that differs after each start of the pool', async () => {
    const host = instrumentedHost();
    executed('default_worker_1_690');
    executed('default_worker_1_8512');
    executed('default_worker_2_706');
    executed('worker_3');
    executed('worker_4');
    expect(await points(host, 'snakepit.grpc.worker.executions')).toEqual([
      [{ worker_id: 'default_worker_1', command: 'c' }, 2],
      [{ worker_id: 'default_worker_2', command: 'c' }, 1],
      [{ worker_id: 'worker_3', command: 'c' }, 1],
      [{ worker_id: 'worker_4', command: 'c' }, 1],
    ]);
  });

  test('has at most 256 values; further workers are one', { tags: ['H10'] }, async () => {
    const host = instrumentedHost();
    for (let i = 0; i < 6000; i++) executed(`pool_worker_${i}_${i}`);
    const found = await points(host, 'snakepit.grpc.worker.executions');
    expect(found.length).toBeLessThanOrEqual(257);
    expect(found.reduce((sum, [, value]) => sum + (value as number), 0)).toBe(6000);
    expect(found.map(([attributes]) => (attributes as { worker_id: string }).worker_id)).toContain('other');
  });
});

test("the label of a worker in the host's own event is shortened as well", async () => {
  const done = defineEvent({
    metadata: { worker_id: worker() },
    metrics: [counter('myapp.jobs.total', { description: 'Jobs', tags: ['worker_id'] })],
  });
  const host = instrumentedHost({ events: { 'myapp.job.done': done } });
  execute('myapp.job.done' as 'x.start', {}, { worker_id: 'default_worker_1_7' });
  expect(await points(host, 'myapp.jobs.total')).toEqual([[{ worker_id: 'default_worker_1' }, 1]]);
});

test.each([
  ['%Snakepit.Error.RuntimeError{message: "of a user", context: %{}}', 'RuntimeError'],
  ['RuntimeError: of a user', 'RuntimeError'],
  ['internal', 'internal'],
  [':timeout', ':timeout'],
  ['text of a user', undefined],
])('the label of an error %s is its class: %s', async (error_kind, error) => {
  const host = instrumentedHost();
  executed('default_worker_1_690', { error_kind });
  const [[attributes] = []] = await points(host, 'snakepit.grpc.worker.errors');
  expect(attributes).toEqual({
    worker_id: 'default_worker_1',
    command: 'c',
    ...(error !== undefined && { error }),
  });
});
