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

/**
 * Creates a pool unless it exists. Returns the name to record, which differs from `name` if the limit of pools is reached.
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
}

/** Publishes the state of every pool that has circuit breakers, for consumers that subscribed after the breakers were created. */
export function publishStates(): void {
  for (const [pool, counts] of pools) {
    if (counts.closed + counts.half_open + counts.open > 0) publishState(pool, counts);
  }
}

/** Publishes the state of a pool: the worst state of its circuit breakers. */
function publishState(pool: string, { half_open, open }: StateCounts): void {
  const state = open > 0 ? 2 : half_open > 0 ? 1 : 0;
  execute('snakepit.circuit_breaker.state', { state }, { pool });
}
