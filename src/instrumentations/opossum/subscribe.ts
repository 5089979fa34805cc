import { execute } from '../../bus/bus.js';
import { nanoseconds } from '../../common/units.js';
import { errorName } from '../breakers/error-name.js';
import { type CircuitState, reservePool } from '../breakers/pool.js';
import {
  type CircuitMember,
  circuitClosed,
  circuitHalfOpened,
  circuitOpened,
  joinPool,
  leavePool,
} from '../breakers/pool-member.js';
import { type BreakerOptions, type Subscription, subscribeOnce } from '../breakers/subscriptions.js';
import { beforeCalls } from '../patching/wrap-method.js';
import { isOpossumBreaker, nameOf, type OpossumBreaker, optionsOf, stateOf } from './breaker.js';

interface SubscribeOptions extends BreakerOptions {
  /** State of a breaker whose constructor is still running. @default the state that the breaker reports */
  readonly state?: CircuitState;
}

/** Publishes the events of a breaker; returns `undefined` for other objects. */
export function subscribeToBreaker(breaker: object, options: SubscribeOptions): Subscription | undefined {
  if (!isOpossumBreaker(breaker)) return undefined;
  return subscribeOnce(breaker, options.pool, () => observe(breaker, options));
}

/** Publishes what the breaker emits, before its listeners receive it. Adds no listener: the host could count it. */
function observe(
  breaker: OpossumBreaker,
  { pool = nameOf(breaker), state = stateOf(breaker) }: SubscribeOptions,
): Subscription {
  const stop = beforeCalls(breaker, 'emit', (event, first, second) => {
    REACTIONS.get(event)?.(observed, first, second);
  });
  // A breaker that the host has frozen is in no pool.
  const member = joinPool(reservePool(pool), state);
  const observed: ObservedBreaker = { breaker, circuit: member, reason: 'failures' };
  return { member, stop };
}

interface ObservedBreaker {
  readonly breaker: OpossumBreaker;
  readonly circuit: CircuitMember;
  /** Reason of the next transition to open. */
  reason: string;
}

type Reaction = (observed: ObservedBreaker, first: unknown, second: unknown) => void;

/** Publishes a call that the circuit lets through. With a cache, only calls that miss the cache reach the circuit. */
const publishIfAllowed: Reaction = ({ breaker, circuit: { pool } }) => {
  if (breaker.enabled && !breaker.closed && !breaker.pendingClose) return;
  execute('snakepit.circuit_breaker.call.allowed', {}, { pool, state: stateOf(breaker) });
};

const REACTIONS: ReadonlyMap<unknown, Reaction> = new Map<string, Reaction>([
  [
    'fire',
    (observed, ...args) => {
      const { cache, coalesce } = optionsOf(observed.breaker);
      if (!observed.breaker.enabled || !(cache || coalesce)) publishIfAllowed(observed, ...args);
    },
  ],
  [
    'cacheMiss',
    (observed, ...args) => {
      if (observed.breaker.enabled && !optionsOf(observed.breaker).coalesce)
        publishIfAllowed(observed, ...args);
    },
  ],
  ['coalesceCacheMiss', publishIfAllowed],
  [
    'reject',
    ({ breaker, circuit: { pool } }) =>
      execute('snakepit.circuit_breaker.call.rejected', {}, { pool, state: stateOf(breaker) }),
  ],
  [
    'success',
    ({ circuit: { pool } }, _result, latency) =>
      execute('snakepit.circuit_breaker.call.success', { duration: nanoseconds(Number(latency)) }, { pool }),
  ],
  [
    'failure',
    ({ circuit: { pool } }, error, latency) =>
      execute(
        'snakepit.circuit_breaker.call.failure',
        { duration: nanoseconds(Number(latency)) },
        { pool, error: errorName(error) },
      ),
  ],
  [
    'timeout',
    ({ circuit: { pool } }, _error, latency) =>
      execute('snakepit.circuit_breaker.call.timeout', { duration: nanoseconds(Number(latency)) }, { pool }),
  ],
  [
    'fallback',
    ({ circuit: { pool } }, _result, error) =>
      execute('snakepit.circuit_breaker.call.fallback', {}, { pool, error: errorName(error) }),
  ],
  [
    'semaphoreLocked',
    ({ circuit: { pool } }) => execute('snakepit.circuit_breaker.call.bulkhead_rejected', {}, { pool }),
  ],
  [
    'healthCheckFailed',
    (observed, error) => {
      const { breaker, circuit } = observed;
      if (!breaker.opened) observed.reason = 'health_check';
      const metadata = { pool: circuit.pool, error: errorName(error) };
      execute('snakepit.circuit_breaker.health_check.failed', {}, metadata);
    },
  ],
  [
    'open',
    (observed) => {
      circuitOpened(observed.circuit, observed.breaker.stats.failures, observed.reason);
      observed.reason = 'failures';
    },
  ],
  ['halfOpen', ({ circuit }) => circuitHalfOpened(circuit)],
  ['close', ({ circuit }) => circuitClosed(circuit)],
  ['shutdown', ({ circuit }) => leavePool(circuit)],
]);
