import { execute } from '../../bus/bus.js';
import type { CircuitState, Pool } from '../breakers/pool.js';
import { CircuitMember, errorName, nanoseconds } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscription.js';
import { beforeCalls } from '../patching/wrap-method.js';

/** An opossum breaker, version 5 to 10, as far as it is read here. */
export interface OpossumBreaker {
  readonly name: string;
  readonly group: string;
  readonly enabled: boolean;
  readonly closed: boolean;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly pendingClose: boolean;
  readonly stats: { readonly failures: number };
  fire(...args: never[]): Promise<unknown>;
  emit(event: string, ...args: unknown[]): boolean;
}

/** Options of the constructor, which the breaker keeps; not in its types. */
interface Options {
  readonly cache?: boolean;
  readonly coalesce?: boolean;
  readonly state?: { readonly closed?: boolean; readonly halfOpen?: boolean };
}

/** What opossum calls a breaker around an anonymous function: a random UUID. */
const MADE_UP = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

export const isOpossum = (value: object): value is OpossumBreaker =>
  ['fire', 'emit', 'healthCheck'].every((method) => typeof Reflect.get(value, method) === 'function') &&
  typeof Reflect.get(value, 'name') === 'string';

/** The breaker's own name, or its group's; `undefined` when nobody gave it one. */
export const nameOfOpossum = ({ name, group }: OpossumBreaker): string | undefined =>
  [name, group].find((given) => given !== '' && !MADE_UP.test(given));

const stateOf = ({ opened, halfOpen }: OpossumBreaker): CircuitState =>
  opened ? 'open' : halfOpen ? 'half_open' : 'closed';

const optionsOf = (breaker: OpossumBreaker): Options => Reflect.get(breaker, 'options') ?? {};

/** The state that a breaker still in its constructor is going to begin with. */
export function firstState(breaker: OpossumBreaker): CircuitState {
  const { state } = optionsOf(breaker);
  const settable = 'toJSON' in breaker; // came to opossum together
  if (!settable || !breaker.closed || state?.closed !== false) return stateOf(breaker);
  return state.halfOpen ? 'half_open' : 'open';
}

/** Publishes what the breaker emits, ahead of its listeners; none is added to them. */
export function watchOpossum(
  breaker: OpossumBreaker,
  pool: Pool,
  state: CircuitState = stateOf(breaker),
): Subscription {
  const member = new CircuitMember(pool, state);
  const watched: Watched = { breaker, circuit: member, reason: 'failures' };
  const stop = beforeCalls(breaker, 'emit', (event, first, second) => {
    REACTIONS.get(event)?.(watched, first, second);
  });
  return { member, stop };
}

interface Watched {
  readonly breaker: OpossumBreaker;
  readonly circuit: CircuitMember;
  /** Why it opens, if it opens next. */
  reason: string;
}

type Reaction = (watched: Watched, first: unknown, second: unknown) => void;

/** A call comes to where the circuit decides. With a cache, that is when the cache has not answered it. */
const decide: Reaction = ({ breaker, circuit: { pool } }) => {
  if (breaker.enabled && !breaker.closed && !breaker.pendingClose) return;
  execute('snakepit.circuit_breaker.call.allowed', {}, { pool, state: stateOf(breaker) });
};

const REACTIONS: ReadonlyMap<unknown, Reaction> = new Map<string, Reaction>([
  [
    'fire',
    (watched, ...args) => {
      const { cache, coalesce } = optionsOf(watched.breaker);
      if (!watched.breaker.enabled || !(cache || coalesce)) decide(watched, ...args);
    },
  ],
  [
    'cacheMiss',
    (watched, ...args) => {
      if (watched.breaker.enabled && !optionsOf(watched.breaker).coalesce) decide(watched, ...args);
    },
  ],
  ['coalesceCacheMiss', decide],
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
    (watched, error) => {
      const { breaker, circuit } = watched;
      if (!breaker.opened) watched.reason = 'health_check';
      const metadata = { pool: circuit.pool, error: errorName(error) };
      execute('snakepit.circuit_breaker.health_check.failed', {}, metadata);
    },
  ],
  [
    'open',
    (watched) => {
      watched.circuit.opened(watched.breaker.stats.failures, watched.reason);
      watched.reason = 'failures';
    },
  ],
  ['halfOpen', ({ circuit }) => circuit.halfOpened()],
  ['close', ({ circuit }) => circuit.closed()],
  ['shutdown', ({ circuit }) => circuit.leave()],
]);
