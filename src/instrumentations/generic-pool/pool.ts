import { optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { ObservedPools } from '../pools/observed-pools.js';
import { poolName } from '../pools/pool-name.js';
import type { ResourcePool } from './resource-pool.js';

/** Members of a `Pool` of generic-pool that are read. */
export interface Pool {
  readonly max: number;
  readonly size: number;
  readonly available: number;
  readonly borrowed: number;
  readonly pending: number;
  readonly _draining: boolean;
  readonly _config: { readonly acquireTimeoutMillis?: number; readonly maxWaitingClients?: number };
}

export const observedPools = new ObservedPools<Pool>(
  'generic-pool',
  ({ max }) => max,
  ({ pending, borrowed, available, size }) => ({
    queue_depth: pending,
    busy_workers: borrowed,
    available_workers: available,
    total_workers: size,
  }),
);

/** Returns the pool for hooks and events; `undefined` for one that the host ignores. */
export function describePool(object: Pool): ResourcePool | undefined {
  const options = optionsOf('genericPool');
  const pool = { pool: poolName('genericPool', options, object, 'generic-pool'), object };
  if (callHook('genericPool', options, 'ignore', pool) === true) return undefined;
  observedPools.observe(object, pool.pool);
  return pool;
}
