import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/bus/bus.js';
import { instrumentedHost } from '../../helpers/sdk.js';

// Its types need those of a browser.
const workerpool = createRequire(import.meta.url)('workerpool');
const script = fileURLToPath(new URL('./programs/methods.cjs', import.meta.url));

/** Starts a pool that has one thread, and is instrumented, as a host that loads the library first. */
function observedPool() {
  const { tracer, spans } = instrumentedHost();
  const pool = workerpool.pool(script, { workerType: 'thread', maxWorkers: 1 });
  onTestFinished(async () => {
    await pool.terminate(true);
  });
  return {
    pool,
    inRequest: <T>(run: () => Promise<T>) =>
      tracer.startActiveSpan('request', (span) => run().finally(() => span.end())),
    names: () => spans().map(({ name }) => name),
  };
}

test('a handler that submits a task when a worker has received one leaves the order of the pool as it is', async () => {
  const { pool, inRequest } = observedPool();
  let dispatches = 0;
  let nested: unknown;
  let waiting: number | undefined;
  onTestFinished(
    listen('snakepit.pool.call.dispatched', () => {
      dispatches++;
      // The second task has waited: the library assigns it when the first one has ended.
      if (dispatches !== 2) return;
      nested = pool.exec('double', [3]);
      waiting = pool.stats().pendingTasks;
    }),
  );
  const results = await inRequest(() => Promise.all([pool.exec('double', [1]), pool.exec('double', [2])]));
  expect([...results, await nested]).toEqual([2, 4, 6]);
  expect(waiting).toBe(1);
});

test('a function whose text submits another function keeps its name, and so does the other one', async () => {
  const { pool, inRequest, names } = observedPool();
  const one = () => 1;
  let nested: unknown;
  const two = () => 2;
  two.toString = () => {
    nested = pool.exec(one);
    return '() => 2';
  };
  expect(await inRequest(async () => [await pool.exec(two), await nested])).toEqual([2, 1]);
  expect(names().sort()).toEqual(['methods.one', 'methods.two', 'request']);
});
