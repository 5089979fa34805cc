import { optionsOf } from '../options/active-options.js';
import { callHook } from '../options/call-hook.js';
import { objectName } from '../options/object-name.js';
import { ObservedPools } from '../pools/observed-pools.js';

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

/** Returns the name of a pool whose requests are recorded; `undefined` for one that the host ignores. */
export function recordedName(object: Pool): string | undefined {
  const options = optionsOf('genericPool');
  const pool = objectName('genericPool', options, object) ?? 'generic-pool';
  if (options.ignore !== undefined && callHook('genericPool', options, 'ignore', { pool, object }) === true)
    return undefined;
  observedPools.observe(object, pool);
  return pool;
}
