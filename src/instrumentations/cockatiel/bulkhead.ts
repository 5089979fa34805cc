import { execute } from '../../bus/bus.js';
import type { PoolMember } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscriptions.js';
import { hasEmitters, onEmit } from './policy.js';

/** Publishes the rejections of a bulkhead policy. */
export function observeBulkhead(policy: object, pool: string): Subscription | undefined {
  if (!hasEmitters(policy, 'onRejectEmitter')) return undefined;
  const member: PoolMember = { pool };
  const stop = onEmit(policy, 'onRejectEmitter', () =>
    execute('snakepit.circuit_breaker.call.bulkhead_rejected', {}, { pool: member.pool }),
  );
  return { member, stop };
}
