import { execute } from '../../bus/bus.js';
import type { Pool } from '../breakers/pool.js';
import { PoolMember } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscription.js';
import { outcomeName } from './outcome.js';
import { executorOf, hasEmitters, onEmit, onOutcomes } from './policy.js';

// Policies that tell one thing each.

export function watchTimeout(policy: object, pool: Pool): Subscription | undefined {
  if (!hasEmitters(policy, 'timeoutEmitter')) return undefined;
  const member = new PoolMember(pool);
  const stop = onEmit(policy, 'timeoutEmitter', () =>
    execute('snakepit.circuit_breaker.call.timeout', {}, { pool: member.pool }),
  );
  return { member, stop };
}

export function watchBulkhead(policy: object, pool: Pool): Subscription | undefined {
  if (!hasEmitters(policy, 'onRejectEmitter')) return undefined;
  const member = new PoolMember(pool);
  const stop = onEmit(policy, 'onRejectEmitter', () =>
    execute('snakepit.circuit_breaker.call.bulkhead_rejected', {}, { pool: member.pool }),
  );
  return { member, stop };
}

/** It falls back after each failure that it handles. */
export function watchFallback(policy: object, pool: Pool): Subscription | undefined {
  const executor = executorOf(policy);
  if (executor === undefined || typeof Reflect.get(policy, 'value') !== 'function') return undefined;
  const member = new PoolMember(pool);
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
