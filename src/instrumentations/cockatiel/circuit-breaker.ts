import { execute } from '../../bus/bus.js';
import type { CircuitState, Pool } from '../breakers/pool.js';
import { CircuitMember, nanoseconds } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscription.js';
import { beforeCalls, guarded, wrapMethod } from '../patching/wrap-method.js';
import { outcomeName } from './outcome.js';
import { executorOf, hasEmitters, onEmit, onOutcomes } from './policy.js';

/** The values of cockatiel's `CircuitState`. */
const CLOSED = 0;
const OPEN = 1;
const HALF_OPEN = 2;
const ISOLATED = 3;

const STATES: ReadonlyMap<unknown, CircuitState> = new Map<unknown, CircuitState>([
  [OPEN, 'open'],
  [HALF_OPEN, 'half_open'],
  [ISOLATED, 'open'],
]);

/** A circuit breaker policy. It tells its transitions; what it lets through and what it refuses is seen from its calls. */
export function watchCircuitBreaker(policy: object, pool: Pool): Subscription | undefined {
  const executor = executorOf(policy);
  if (executor === undefined || !hasEmitters(policy, 'breakEmitter', 'resetEmitter', 'halfOpenEmitter')) {
    return undefined;
  }
  const state = () => Reflect.get(policy, 'state') as unknown;
  const member = new CircuitMember(pool, STATES.get(state()) ?? 'closed');
  /** Failures in a row: what breakers count on, and which of them, is their own. */
  let failures = 0;

  const stops = [
    onEmit(policy, 'breakEmitter', (reason: object) => {
      member.opened(failures, 'isolated' in reason ? 'isolated' : 'failures');
    }),
    onEmit(policy, 'halfOpenEmitter', () => member.halfOpened()),
    onEmit(policy, 'resetEmitter', () => {
      failures = 0;
      member.closed();
    }),
    beforeCalls(executor, 'invoke', () => {
      const allowedIn = state() === CLOSED ? 'closed' : 'half_open';
      execute('snakepit.circuit_breaker.call.allowed', {}, { pool: member.pool, state: allowedIn });
    }),
    onOutcomes(
      executor,
      ({ duration }) => {
        failures = 0;
        execute(
          'snakepit.circuit_breaker.call.success',
          { duration: nanoseconds(duration) },
          { pool: member.pool },
        );
      },
      ({ duration, handled, reason }) => {
        if (handled) failures += 1;
        execute(
          'snakepit.circuit_breaker.call.failure',
          { duration: nanoseconds(duration) },
          { pool: member.pool, error: outcomeName(reason) },
        );
      },
    ),
    wrapMethod(
      policy,
      'execute',
      (original) =>
        function (...args) {
          const before = state();
          const result = Reflect.apply(original, this, args);
          // An open breaker lets a trial through by leaving the state, or refuses and stays in it.
          if (before === ISOLATED || (before === OPEN && state() === OPEN)) guarded(reject, [member]);
          return result;
        },
    ),
  ];
  return {
    member,
    stop() {
      for (const stop of stops) stop();
    },
  };
}

const reject = ({ pool }: CircuitMember): void =>
  execute('snakepit.circuit_breaker.call.rejected', {}, { pool, state: 'open' });
