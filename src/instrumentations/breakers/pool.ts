import { execute } from '../../bus/bus.js';
import { processState } from '../../common/process-state.js';
import { warnOnce } from '../../common/warn-once.js';

export type CircuitState = 'closed' | 'half_open' | 'open';

/** Pools kept apart by name, in a process; breakers that come after report as the pool `other`. */
const MAX_POOLS = 100;
const OVERFLOW = 'other';

/** The breakers that report under one name, as far as their state goes. */
export class Pool {
  private readonly counts = { closed: 0, half_open: 0, open: 0 };

  constructor(readonly name: string) {}

  /** Counts a breaker in, out or over, and publishes what the pool's state is then: the worst of its breakers'. */
  count(from: CircuitState | undefined, to: CircuitState | undefined): void {
    if (from !== undefined) this.counts[from] -= 1;
    if (to !== undefined) this.counts[to] += 1;
    this.publish();
  }

  get hasBreakers(): boolean {
    return this.counts.closed + this.counts.half_open + this.counts.open > 0;
  }

  publish(): void {
    const { half_open, open } = this.counts;
    const state = open > 0 ? 2 : half_open > 0 ? 1 : 0;
    execute('snakepit.circuit_breaker.state', { state }, { pool: this.name });
  }
}

const pools = processState('pools', () => new Map<string, Pool>());

/** The pool of that name: one per process, as long as there is room for more. */
export function poolOf(name: string): Pool {
  const known = pools.get(name);
  if (known !== undefined) return known;
  if (pools.size >= MAX_POOLS && name !== OVERFLOW) {
    warnOnce(`More than ${MAX_POOLS} pools of circuit breakers; further ones report as '${OVERFLOW}'`);
    return poolOf(OVERFLOW);
  }
  const pool = new Pool(name);
  pools.set(name, pool);
  return pool;
}

/** Publishes the state of every pool, for consumers that come after the breakers did. */
export function publishStates(): void {
  for (const pool of pools.values()) if (pool.hasBreakers) pool.publish();
}
