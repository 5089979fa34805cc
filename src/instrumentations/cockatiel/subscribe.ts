import { catchErrors } from '../../common/catch-errors.js';
import { releasePool, reservePool } from '../breakers/pool.js';
import { type BreakerOptions, type Subscription, subscribeOnce } from '../breakers/subscriptions.js';
import { restoreAll } from '../patching/restore-all.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { observeBulkhead } from './bulkhead.js';
import { observeCircuitBreaker } from './circuit-breaker.js';
import { observeFallback } from './fallback.js';
import { isPolicy } from './policy.js';
import { observeRetry } from './retry.js';
import { observeTimeout } from './timeout.js';

/** Functions that subscribe to one kind of policy, and return `undefined` for others. */
const OBSERVERS = [observeCircuitBreaker, observeRetry, observeTimeout, observeBulkhead, observeFallback];

/** Subscribes to a policy, or to all policies that `wrap()` combined in it. Returns a function that stops them. */
export function instrumentPolicy(policy: object, options: BreakerOptions): (() => void) | undefined {
  const stops = policiesIn(policy).flatMap((each) => subscribeToPolicy(each, options)?.stop ?? []);
  return stops.length === 0 ? undefined : restoreAll(stops);
}

/** Publishes the events of a policy; returns `undefined` for other objects. */
export function subscribeToPolicy(policy: object, { pool }: BreakerOptions): Subscription | undefined {
  if (!isPolicy(policy)) return undefined;
  return subscribeOnce(policy, pool, () => observe(policy, reservePool(pool)));
}

function observe(policy: object, pool: string): Subscription | undefined {
  let subscription: Subscription | undefined;
  try {
    for (const observer of OBSERVERS) subscription ??= observer(policy, pool);
  } finally {
    if (subscription === undefined) releasePool(pool);
  }
  return subscription && 'dangerouslyUnref' in policy ? withCopies(policy, subscription) : subscription;
}

/** Extends a subscription to the copies that `dangerouslyUnref()` makes of the policy. */
function withCopies(policy: object, { member, stop }: Subscription): Subscription {
  const stops = [stop];
  const addCopy = catchErrors('Recording a cockatiel policy', (copy: object) => {
    const subscription = subscribeToPolicy(copy, { pool: member.pool });
    if (subscription !== undefined) stops.push(subscription.stop);
  });
  // The events of a policy that the host has frozen are those of its parts.
  const observeCopies = catchErrors('Recording copies of a cockatiel policy', () =>
    wrapMethod(
      policy,
      'dangerouslyUnref',
      (original) =>
        function (...args) {
          const copy = Reflect.apply(original, this, args) as object;
          addCopy(copy);
          return copy;
        },
    ),
  );
  stops.push(observeCopies() ?? (() => {}));
  return { member, stop: restoreAll(stops) };
}

/** Returns the policies that `wrap()` combined, or the object itself. */
function policiesIn(value: unknown): readonly object[] {
  if (typeof value !== 'object' || value === null) return [];
  const wrapped: unknown = Reflect.get(value, 'wrapped');
  if (!isPolicy(value) || !Array.isArray(wrapped)) return [value];
  return wrapped.flatMap(policiesIn);
}
