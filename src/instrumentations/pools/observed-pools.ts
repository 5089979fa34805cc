import { channelOf, execute, publishUntraced } from '../../bus/bus.js';
import { onCollection } from '../../bus/collection.js';
import { catchErrors } from '../../common/catch-errors.js';
import { warnOnce } from '../../common/warn-once.js';
import type { Patch } from '../patching/library-patches.js';

/** State of a pool. */
export interface PoolStatus {
  readonly queue_depth: number;
  readonly busy_workers: number;
  readonly available_workers: number;
  readonly total_workers: number;
}

/** Limit of pools of a library whose state is published: a host may create a pool per request. */
const MAX_POOLS = 1000;

const initialized = channelOf('snakepit.pool.initialized');

const NO_WORKERS: PoolStatus = { queue_depth: 0, busy_workers: 0, available_workers: 0, total_workers: 0 };

/**
 * Pools of a library. The state of each name of pools is published when metrics are collected, as the sum of its pools. Pools are not
 * kept alive.
 */
export class ObservedPools<P extends object> {
  readonly #library: string;
  readonly #size: (pool: P) => number;
  readonly #status: (pool: P) => PoolStatus | undefined;
  #known = new WeakSet<object>();
  #pools: { readonly name: string; readonly ref: WeakRef<P> }[] = [];
  /** Names that the last collection published. */
  readonly #published = new Set<string>();

  /**
   * @param library name of the library, for log messages
   * @param size returns the highest number of workers of a pool
   */
  constructor(library: string, size: (pool: P) => number, status: (pool: P) => PoolStatus) {
    this.#library = library;
    this.#size = size;
    // A class of the host may override what is read.
    this.#status = catchErrors(`Reading a pool of ${library}`, status);
  }

  /** Starts to publish states. Returns a function that stops it, and forgets the pools. */
  readonly watch: Patch = () => {
    const stop = onCollection(catchErrors(`Reading the pools of ${this.#library}`, () => this.#publish()));
    return () => {
      stop();
      this.#known = new WeakSet();
      this.#pools = [];
      this.#published.clear();
    };
  };

  /** Adds a pool, and publishes its size, when it is used first. */
  observe(pool: P, name: string): void {
    if (this.#known.has(pool)) return;
    this.#known.add(pool);
    if (this.#pools.length >= MAX_POOLS && this.#living().length >= MAX_POOLS) {
      warnOnce(
        `More than ${MAX_POOLS} pools of ${this.#library}; the state of further pools is not recorded`,
      );
      return;
    }
    this.#pools.push({ name, ref: new WeakRef(pool) });
    // Pools of the same name are one pool in metrics.
    const size = this.#living()
      .filter((each) => each.name === name)
      .reduce((total, each) => total + this.#size(each.pool), 0);
    // The active span is that of the request that happens to be the first one.
    publishUntraced(initialized, { system_time: Date.now() * 1e6 }, { pool_name: name, size });
  }

  #publish(): void {
    const states = new Map<string, PoolStatus>();
    for (const name of this.#published) states.set(name, NO_WORKERS);
    this.#published.clear();
    for (const { name, pool } of this.#living()) {
      const state = this.#status(pool);
      if (state === undefined) continue;
      this.#published.add(name);
      states.set(name, sum(states.get(name) ?? NO_WORKERS, state));
    }
    for (const [pool_name, state] of states) execute('snakepit.pool.status', state, { pool_name });
  }

  /** Returns the pools that were not garbage collected, and drops the others. */
  #living(): { readonly name: string; readonly pool: P }[] {
    const living = this.#pools.flatMap(({ name, ref }) => {
      const pool = ref.deref();
      return pool === undefined ? [] : [{ name, pool, ref }];
    });
    this.#pools = living.map(({ name, ref }) => ({ name, ref }));
    return living;
  }
}

const sum = (a: PoolStatus, b: PoolStatus): PoolStatus => ({
  queue_depth: a.queue_depth + b.queue_depth,
  busy_workers: a.busy_workers + b.busy_workers,
  available_workers: a.available_workers + b.available_workers,
  total_workers: a.total_workers + b.total_workers,
});
