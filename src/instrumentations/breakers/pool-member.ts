import { execute } from '../../bus/bus.js';
import { nanoseconds } from '../../common/units.js';
import { type CircuitState, countPolicy, countTransition, publishPoolState } from './pool.js';

// Copies of the package share members (see `subscriptions.ts`): they are plain data, and each copy brings its own functions.

/** Record of an instrumented breaker or policy. Holds no reference to the object. */
export interface PoolMember {
  /** Pool that its events are recorded under. */
  pool: string;
}

/** Record of an instrumented circuit breaker. */
export interface CircuitMember extends PoolMember {
  state: CircuitState;
  /** Time of the observed transition to `open`, ms of `performance.now()`. Absent if it was not observed or is already recorded. */
  openedAt: number | undefined;
  /** True if the breaker no longer counts towards the state of its pool. */
  left: boolean;
}

/** Adds a circuit breaker to a reserved pool. */
export function joinPool(pool: string, state: CircuitState): CircuitMember {
  countTransition(pool, undefined, state);
  return { pool, state, openedAt: undefined, left: false };
}

/** Adds a policy without a state to its reserved pool. A circuit breaker has joined it already. */
export function joinPoolAsPolicy(member: PoolMember): void {
  if (!isCircuit(member)) countPolicy(member.pool, 1);
}

/** Moves a member to another reserved pool. */
export function moveToPool(member: PoolMember, pool: string): void {
  if (pool === member.pool) return;
  if (!isCircuit(member)) {
    countPolicy(member.pool, -1);
    member.pool = pool;
    countPolicy(pool, 1);
    return;
  }
  if (member.left) return;
  countTransition(member.pool, member.state, undefined);
  member.pool = pool;
  countTransition(pool, undefined, member.state);
}

/** Removes a member from its pool. Events of a circuit breaker that was shut down are still recorded. */
export function leavePool(member: PoolMember): void {
  if (!isCircuit(member)) {
    countPolicy(member.pool, -1);
    return;
  }
  if (member.left) return;
  member.left = true;
  countTransition(member.pool, member.state, undefined);
}

/**
 * Publishes the transition of a circuit breaker to `open`.
 *
 * @param failureCount failures that made it open
 */
export function circuitOpened(member: CircuitMember, failureCount: number, reason: string): void {
  if (member.state === 'open') return;
  const { pool } = member;
  execute('snakepit.circuit_breaker.opened', { failure_count: failureCount }, { pool, reason });
  member.openedAt = performance.now();
  enterState(member, 'open');
}

/** Publishes the transition of a circuit breaker to `half_open`. */
export function circuitHalfOpened(member: CircuitMember): void {
  if (member.state === 'half_open') return;
  execute('snakepit.circuit_breaker.half_open', takeTimeOpen(member), { pool: member.pool });
  enterState(member, 'half_open');
}

/** Publishes the transition of a circuit breaker to `closed`. */
export function circuitClosed(member: CircuitMember): void {
  if (member.state === 'closed') return;
  execute('snakepit.circuit_breaker.closed', takeTimeOpen(member), { pool: member.pool });
  enterState(member, 'closed');
}

const isCircuit = (member: PoolMember): member is CircuitMember => 'state' in member;

function enterState(member: CircuitMember, state: CircuitState): void {
  const previous = member.state;
  member.state = state;
  if (member.left) publishPoolState(member.pool);
  else countTransition(member.pool, previous, state);
}

/** Returns the time that the circuit was open, if known, once per opening. */
function takeTimeOpen(member: CircuitMember): { open_duration?: number } {
  const { openedAt } = member;
  member.openedAt = undefined;
  return openedAt === undefined ? {} : { open_duration: nanoseconds(performance.now() - openedAt) };
}
