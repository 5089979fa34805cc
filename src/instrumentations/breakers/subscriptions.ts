import { processState } from '../../common/process-state.js';
import { releasePool, reservePool } from './pool.js';
import { joinPoolAsPolicy, leavePool, moveToPool, type PoolMember } from './pool-member.js';

/** Options of `instrumentBreaker`. */
export interface BreakerOptions {
  /** Pool that the events are recorded under. @default the name of an opossum breaker or of its group, else 'default' */
  readonly pool?: string;
}

/** A breaker or policy whose events are recorded. */
export interface Subscription {
  /** Record of the breaker. */
  readonly member: PoolMember;
  /** Stops recording and restores the object. */
  readonly stop: () => void;
}

/** Subscriptions by breaker. Copies of the package share them, so that a breaker is recorded once. */
const subscriptions = processState('subscriptions', () => new WeakMap<object, Subscription>());

// A breaker that is garbage collected while open must not keep its pool open.
const collected = new FinalizationRegistry<PoolMember>(leavePool);

export const subscriptionOf = (breaker: object): Subscription | undefined => subscriptions.get(breaker);

/**
 * Subscribes to a breaker unless this or another copy of the package has. Moves an existing subscription to `pool`, if given.
 *
 * @param subscribe subscribes to the breaker; returns `undefined` if the object is not supported
 */
export function subscribeOnce(
  breaker: object,
  pool: string | undefined,
  subscribe: () => Subscription | undefined,
): Subscription | undefined {
  const existing = subscriptions.get(breaker);
  if (existing !== undefined) {
    if (pool !== undefined) {
      const reserved = reservePool(pool);
      moveToPool(existing.member, reserved);
      releasePool(reserved);
    }
    return existing;
  }
  const created = subscribe();
  if (created === undefined) return undefined;
  const { member, stop } = created;
  joinPoolAsPolicy(member);
  const subscription: Subscription = {
    member,
    stop() {
      if (subscriptions.get(breaker) !== subscription) return;
      subscriptions.delete(breaker);
      collected.unregister(subscription);
      stop();
      leavePool(member);
    },
  };
  collected.register(breaker, member, subscription);
  subscriptions.set(breaker, subscription);
  return subscription;
}
