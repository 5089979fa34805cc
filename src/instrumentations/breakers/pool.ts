import { execute } from '../../bus/bus.js';
import { processState } from '../../common/process-state.js';
import { warnOnce } from '../../common/warn-once.js';

export type CircuitState = 'closed' | 'half_open' | 'open';

/** Number of circuit breakers of a pool by state. */
type StateCounts = Record<CircuitState, number>;

/** Limit of pools in a process, for the cardinality of metrics. Breakers of further pools are recorded in the overflow pool. */
const MAX_POOLS = 100;
const OVERFLOW_POOL = 'other';
/** Pool of breakers without a name. */
const DEFAULT_POOL = 'default';

const pools = processState('pools', () => new Map<string, StateCounts>());
/** Number of members of a pool that have no state: policies other than circuit breakers. */
const policies = processState('policies', () => new Map<string, number>());

/**
 * Creates a pool unless it exists. Returns the name to record, which differs from `name` if the limit of pools is reached. A pool
 * is removed when its last member leaves.
 *
 * @param name name of the pool. @default 'default'
 */
export function reservePool(name: string = DEFAULT_POOL): string {
  if (pools.has(name)) return name;
  if (pools.size >= MAX_POOLS && name !== OVERFLOW_POOL) {
    warnOnce(
      `More than ${MAX_POOLS} circuit breaker pools; further pools are recorded as '${OVERFLOW_POOL}'`,
    );
    return reservePool(OVERFLOW_POOL);
  }
  pools.set(name, { closed: 0, half_open: 0, open: 0 });
  return name;
}

/** Removes a pool that has no members, to make room for others. */
export function releasePool(name: string): void {
  const counts = pools.get(name);
  if (counts === undefined || breakersIn(counts) > 0 || policies.has(name)) return;
  pools.delete(name);
}

/**
 * Counts a circuit breaker that enters, leaves or changes its state in a reserved pool, and publishes the state of the pool.
 *
 * @param from previous state; `undefined` for a breaker that enters the pool
 * @param to new state; `undefined` for a breaker that leaves the pool
 */
export function countTransition(
  pool: string,
  from: CircuitState | undefined,
  to: CircuitState | undefined,
): void {
  const counts = pools.get(pool);
  if (counts === undefined) return;
  if (from !== undefined) counts[from] -= 1;
  if (to !== undefined) counts[to] += 1;
  publishState(pool, counts);
  releasePool(pool);
}

/**
 * Publishes the state of a pool after an event of a breaker that has left it. Such an event feeds the gauge of the pool as well, and
 * would revive it if the pool has ended.
 */
export function publishPoolState(pool: string): void {
  const counts = pools.get(pool) ?? { closed: 0, half_open: 0, open: 0 };
  publishState(pool, counts);
}

/** Counts a policy that enters or leaves a reserved pool. */
export function countPolicy(pool: string, change: 1 | -1): void {
  const count = (policies.get(pool) ?? 0) + change;
  if (count > 0) policies.set(pool, count);
  else policies.delete(pool);
  releasePool(pool);
}

/** Publishes the state of every pool that has circuit breakers, for consumers that subscribed after the breakers were created. */
export function publishStates(): void {
  for (const [pool, counts] of pools) {
    if (breakersIn(counts) > 0) publishState(pool, counts);
  }
}

/** Publishes the state of a pool: the worst state of its circuit breakers. A pool without any ends. */
function publishState(pool: string, counts: StateCounts): void {
  const state = counts.open > 0 ? 2 : counts.half_open > 0 ? 1 : 0;
  execute('snakepit.circuit_breaker.state', { state, breakers: breakersIn(counts) }, { pool });
}

const breakersIn = ({ closed, half_open, open }: StateCounts): number => closed + half_open + open;
