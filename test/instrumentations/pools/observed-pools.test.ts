import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, onTestFinished, test, vi } from 'vitest';
import { listen } from '../../../src/bus/bus.js';
import { beforeCollection } from '../../../src/bus/collection.js';
import { ObservedPools } from '../../../src/instrumentations/pools/observed-pools.js';
import { outcomeOf } from './run-program.js';

interface FakePool {
  readonly size: number;
  queued: number;
}

/** Observes fake pools, each of which has one busy worker. */
function observedPools() {
  const pools = new ObservedPools<FakePool>(
    'fake',
    ({ size }) => size,
    ({ size, queued }) => ({
      queue_depth: queued,
      busy_workers: 1,
      available_workers: size - 1,
      total_workers: size,
    }),
  );
  const events: object[] = [];
  for (const name of ['initialized', 'status'])
    onTestFinished(
      listen(`snakepit.pool.${name}`, ({ measurements, metadata }) =>
        events.push({ ...measurements, ...metadata, system_time: undefined }),
      ),
    );
  const stop = pools.watch();
  onTestFinished(stop);
  return { pools, stop, collect: beforeCollection, take: () => events.splice(0) };
}

test('publishes the size of a pool once, and its state at each collection, until it stops', () => {
  const { pools, stop, collect, take } = observedPools();
  const pool = { size: 4, queued: 7 };
  pools.observe(pool, 'p');
  pools.observe(pool, 'p');
  expect(take()).toEqual([{ pool_name: 'p', size: 4 }]);
  collect();
  pool.queued = 0;
  collect();
  const state = { pool_name: 'p', busy_workers: 1, available_workers: 3, total_workers: 4 };
  expect(take()).toEqual([
    { ...state, queue_depth: 7 },
    { ...state, queue_depth: 0 },
  ]);
  stop();
  collect();
  expect(take()).toEqual([]);
});

test('a pool whose state cannot be read hides no other one', () => {
  const { pools, collect, take } = observedPools();
  const unreadable = {
    size: 1,
    get queued(): number {
      throw new Error('mine');
    },
  };
  pools.observe(unreadable, 'unreadable');
  pools.observe({ size: 4, queued: 7 }, 'p');
  take();
  collect();
  expect(take()).toMatchObject([{ pool_name: 'p', queue_depth: 7 }]);
});

test('pools of the same name are one pool', () => {
  const { pools, collect, take } = observedPools();
  pools.observe({ size: 4, queued: 7 }, 'p');
  const second = { size: 2, queued: 1 };
  pools.observe(second, 'p');
  expect(take()).toEqual([
    { pool_name: 'p', size: 4 },
    { pool_name: 'p', size: 6 },
  ]);
  collect();
  expect(take()).toEqual([
    { pool_name: 'p', queue_depth: 8, busy_workers: 2, available_workers: 4, total_workers: 6 },
  ]);
});

test('keeps no pool alive, and publishes once that a pool has no more workers', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  const { pools, collect, take } = observedPools();
  pools.observe({ size: 4, queued: 7 }, 'p');
  collect();
  take();
  const noWorkers = { queue_depth: 0, busy_workers: 0, available_workers: 0, total_workers: 0 };
  await vi.waitFor(() => {
    collectGarbage();
    collect();
    expect(take()).toEqual([{ pool_name: 'p', ...noWorkers }]);
  });
  collect();
  expect(take()).toEqual([]);
});

test('observes a limited number of pools', () => {
  const { pools, collect, take } = observedPools();
  const all = Array.from({ length: 1001 }, () => ({ size: 1, queued: 0 }));
  for (const pool of all) pools.observe(pool, 'p');
  take();
  collect();
  expect(take()).toMatchObject([{ total_workers: 1000 }]);
});

test('a collection has the state of the pools of piscina at that time', async () => {
  const program = fileURLToPath(new URL('./piscina-status.cjs', import.meta.url));
  const { running, ended } = await outcomeOf([program]);
  expect(running).toEqual({
    'size tasks': 2,
    'queue.depth tasks': 4,
    'workers.busy tasks': 2,
    'workers.available tasks': 0,
    'workers.all tasks': 2,
  });
  // The library may still be replacing the threads of aborted tasks.
  expect(ended).toMatchObject({ 'queue.depth tasks': 0, 'workers.busy tasks': 0 });
});
