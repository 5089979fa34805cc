import { execute } from '../../bus/bus.js';
import type { PoolMember } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscriptions.js';
import { outcomeName } from './outcome.js';
import { executorOf, onOutcomes } from './policy.js';

/** Publishes the fallbacks of a fallback policy, which falls back after each failure that it handles. */
export function observeFallback(policy: object, pool: string): Subscription | undefined {
  const executor = executorOf(policy);
  if (executor === undefined || typeof Reflect.get(policy, 'value') !== 'function') return undefined;
  const member: PoolMember = { pool };
  const stop = onOutcomes(
    executor,
    () => {},
    ({ handled, reason }) => {
      if (!handled) return;
      const metadata = { pool: member.pool, error: outcomeName(reason) };
      execute('snakepit.circuit_breaker.call.fallback', {}, metadata);
    },
  );
  return { member, stop };
}
