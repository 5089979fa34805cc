import { forgetOldest } from '../common/forget-oldest.js';

/** Workers whose pool is known. Past this many, the one that was learned first is forgotten. */
const MAX_WORKERS = 10_000;
const MAX_LENGTH = 128;

const poolOfWorker = new Map<string, string>();

type Metadata = Record<string, unknown>;

/** Remembers the pool of a worker from an event that has the name of the pool. */
export function learnPool({ worker_id: worker, pool, pool_name: poolName = pool }: Metadata): void {
  if (typeof worker !== 'string' || worker.length > MAX_LENGTH) return;
  if (typeof poolName !== 'string' || poolName.length > MAX_LENGTH) return;
  if (poolOfWorker.get(worker) === poolName) return;
  forgetOldest(poolOfWorker, MAX_WORKERS);
  poolOfWorker.set(worker, poolName);
}

/** Replaces the pool of an event by the name that its worker was learned with: Snakepit also calls a pool by its module. */
export function replacePool(metadata: Metadata): void {
  const { worker_id: worker, pool, pool_name: poolName } = metadata;
  if (typeof worker !== 'string' || (pool === undefined && poolName === undefined)) return;
  const known = poolOfWorker.get(worker);
  if (known === undefined) return;
  if (pool !== undefined) metadata.pool = known;
  if (poolName !== undefined) metadata.pool_name = known;
}
