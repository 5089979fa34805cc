import type { AnyEvent } from 'opentelemetry-instrumentation-snakepit';
import { forgetOldest, omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import type { Pool } from '../contract.js';
import { timeOf } from './breakers.js';
import type { Changes } from './changes.js';
import { MAX_POOLS } from './limits.js';
import { numberOf, textOf } from './values.js';

/** Queued requests of a pool whose times are remembered. */
const MAX_QUEUED = 1000;

type Counts = 'requests' | 'errors' | 'retries' | 'restarts';

interface SeenPool {
  readonly name: string;
  workers?: number;
  busy?: number;
  queued?: number;
  readonly counts: Record<Counts, number>;
  lastEvent: number;
  /** When a request was refused, as the queue was full, ms since 1970. */
  saturatedAt?: number;
  /** When requests were queued, by correlation id. */
  readonly queuedAt: Map<string, number>;
}

/** Pools of workers. */
export class PoolList {
  readonly #pools = new Map<string, SeenPool>();
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  get all(): readonly SeenPool[] {
    return [...this.#pools.values()];
  }

  get rows(): Pool[] {
    return this.all.map(rowOf);
  }

  row(name: string): Pool | undefined {
    const pool = this.#pools.get(name);
    return pool && rowOf(pool);
  }

  /** Returns the name of the pool of an event. */
  nameOf({ metadata }: AnyEvent): string | undefined {
    return textOf(metadata.pool, 128) ?? textOf(metadata.pool_name, 128);
  }

  /** Returns a listener that sets what an event reports about its pool. */
  on(update: (pool: SeenPool, event: AnyEvent) => void): (event: AnyEvent) => void {
    return (event) => {
      const name = this.nameOf(event);
      if (name === undefined) return;
      let pool = this.#pools.get(name);
      if (pool === undefined) {
        forgetOldest(this.#pools, MAX_POOLS);
        const counts = { requests: 0, errors: 0, retries: 0, restarts: 0 };
        pool = { name, counts, lastEvent: 0, queuedAt: new Map() };
        this.#pools.set(name, pool);
      }
      pool.lastEvent = Date.now();
      update(pool, event);
      this.#changes.mark('pools', name);
    };
  }

  /** Returns a listener that counts. */
  count(key: Counts): (event: AnyEvent) => void {
    return this.on(({ counts }) => counts[key]++);
  }

  readonly onStatus = this.on((pool, { measurements }) => {
    pool.queued = numberOf(measurements.queue_depth) ?? pool.queued;
    pool.busy = numberOf(measurements.busy_workers) ?? pool.busy;
    pool.workers = numberOf(measurements.total_workers) ?? pool.workers;
  });

  readonly onInitialized = this.on((pool, { metadata }) => {
    pool.workers = numberOf(metadata.size) ?? pool.workers;
  });

  readonly onWorkerReady = this.on((pool, { measurements }) => {
    pool.workers = numberOf(measurements.worker_count) ?? pool.workers;
  });

  readonly onEnqueued = this.on((pool, event) => {
    pool.queued = numberOf(event.measurements.queue_depth) ?? pool.queued;
    const id = textOf(event.metadata.correlation_id, 128);
    if (id === undefined) return;
    forgetOldest(pool.queuedAt, MAX_QUEUED);
    pool.queuedAt.set(id, timeOf(event));
  });

  readonly onDequeued = this.on((pool, { measurements, metadata }) => {
    pool.queued = numberOf(measurements.queue_depth) ?? pool.queued;
    const id = textOf(metadata.correlation_id, 128);
    if (id !== undefined) pool.queuedAt.delete(id);
    if (pool.queued === 0) pool.queuedAt.clear();
  });

  readonly onSaturated = this.on((pool, { measurements, metadata }) => {
    pool.saturatedAt = Date.now();
    pool.queued = numberOf(measurements.queue_size) ?? pool.queued;
    pool.busy = numberOf(metadata.busy_workers) ?? pool.busy;
  });

  readonly onExecuted = this.on(({ counts }, { metadata }) => {
    counts.requests++;
    if (metadata.success === false) counts.errors++;
  });
}

function rowOf({ name, workers, busy, queued, counts, lastEvent, queuedAt }: SeenPool): Pool {
  const [oldest] = queuedAt.values();
  const oldestQueuedMs = oldest === undefined ? undefined : Math.max(0, Date.now() - oldest);
  return { name, ...omitUndefined({ workers, busy, queued, oldestQueuedMs }), ...counts, lastEvent };
}
