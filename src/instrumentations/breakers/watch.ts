import { processState } from '../../common/process-state.js';
import { watchCircuitBreaker } from '../cockatiel/circuit-breaker.js';
import { watchBulkhead, watchFallback, watchTimeout } from '../cockatiel/others.js';
import { isPolicy } from '../cockatiel/policy.js';
import { watchRetry } from '../cockatiel/retry.js';
import { isOpossum, nameOfOpossum, watchOpossum } from '../opossum/opossum.js';
import { guarded, wrapMethod } from '../patching/wrap-method.js';
import { type CircuitState, type Pool, poolOf } from './pool.js';
import type { PoolMember } from './pool-member.js';
import type { Subscription } from './subscription.js';

/** The pool of what has no name of its own. */
const DEFAULT_POOL = 'default';

/** An object that reports. */
export interface Watch {
  readonly member: PoolMember;
  /** Ends the reporting; the object is as it was. */
  readonly stop: () => void;
}

interface WatchOptions {
  /** @default the name of the breaker or of its group, else 'default' */
  readonly pool?: string;
  /** The state of an opossum breaker that does not know it yet. @default the state it has */
  readonly state?: CircuitState;
}

const POLICIES = [watchCircuitBreaker, watchRetry, watchTimeout, watchBulkhead, watchFallback];

// A breaker that is collected while it is open must not keep its pool open.
const collected = new FinalizationRegistry<PoolMember>((member) => member.leave());

/** Breakers that report, once each, whichever copy of the package is asked. */
export const watches = processState('watches', () => new WeakMap<object, Watch>());

/** Makes a breaker or policy report, once however often it is asked to; `undefined` for anything else. */
export function watch(breaker: object, options: WatchOptions = {}): Watch | undefined {
  const known = watches.get(breaker);
  if (known !== undefined) {
    if (options.pool !== undefined) known.member.moveTo(poolOf(options.pool));
    return known;
  }
  const attachment = attach(breaker, options);
  if (attachment === undefined) return undefined;
  const { member, stop } = attachment;
  const watching: Watch = {
    member,
    stop() {
      if (watches.get(breaker) !== watching) return;
      watches.delete(breaker);
      collected.unregister(watching);
      stop();
      member.leave();
    },
  };
  collected.register(breaker, member, watching);
  watches.set(breaker, watching);
  return watching;
}

function attach(breaker: object, { pool, state }: WatchOptions): Subscription | undefined {
  if (isOpossum(breaker)) {
    return watchOpossum(breaker, poolOf(pool ?? nameOfOpossum(breaker) ?? DEFAULT_POOL), state);
  }
  return isPolicy(breaker) ? attachPolicy(breaker, poolOf(pool ?? DEFAULT_POOL)) : undefined;
}

function attachPolicy(policy: object, pool: Pool): Subscription | undefined {
  for (const watchPolicy of POLICIES) {
    const attachment = watchPolicy(policy, pool);
    if (attachment !== undefined)
      return 'dangerouslyUnref' in policy ? withCopies(policy, attachment) : attachment;
  }
  return undefined;
}

/** A policy that can make a copy of itself, one that does not hold the process: the copies report as it does. */
function withCopies(policy: object, { member, stop }: Subscription): Subscription {
  const stops = [stop];
  stops.push(
    wrapMethod(
      policy,
      'dangerouslyUnref',
      (original) =>
        function (...args) {
          const copy = Reflect.apply(original, this, args) as object;
          guarded(() => stops.push(watch(copy, { pool: member.pool })?.stop ?? (() => {})), []);
          return copy;
        },
    ),
  );
  return {
    member,
    stop() {
      for (const each of stops) each();
    },
  };
}
