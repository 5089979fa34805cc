import { execute } from '../../bus/bus.js';
import type { PoolMember } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscriptions.js';
import { hasEmitters, onEmit } from './policy.js';

/** Publishes the timeouts of a timeout policy. */
export function observeTimeout(policy: object, pool: string): Subscription | undefined {
  if (!hasEmitters(policy, 'timeoutEmitter')) return undefined;
  const member: PoolMember = { pool };
  const stop = onEmit(policy, 'timeoutEmitter', () =>
    execute('snakepit.circuit_breaker.call.timeout', {}, { pool: member.pool }),
  );
  return { member, stop };
}
