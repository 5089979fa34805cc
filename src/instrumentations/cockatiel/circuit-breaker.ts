import { execute } from '../../bus/bus.js';
import { catchErrors } from '../../common/catch-errors.js';
import { nanoseconds } from '../../common/units.js';
import type { CircuitState } from '../breakers/pool.js';
import { circuitClosed, circuitHalfOpened, circuitOpened, joinPool } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscriptions.js';
import { combinePatches } from '../patching/library-patches.js';
import { beforeCalls, wrapMethod } from '../patching/wrap-method.js';
import { outcomeName } from './outcome.js';
import { executorOf, hasEmitters, onEmit, onOutcomes } from './policy.js';

// Values of cockatiel's enum `CircuitState`.
const CLOSED = 0;
const OPEN = 1;
const HALF_OPEN = 2;
const ISOLATED = 3;

const STATES: ReadonlyMap<unknown, CircuitState> = new Map<unknown, CircuitState>([
  [OPEN, 'open'],
  [HALF_OPEN, 'half_open'],
  [ISOLATED, 'open'],
]);

/** Publishes the transitions that a circuit breaker policy emits, and the calls that it allows and rejects, which it does not emit. */
export function observeCircuitBreaker(policy: object, pool: string): Subscription | undefined {
  const executor = executorOf(policy);
  if (executor === undefined || !hasEmitters(policy, 'breakEmitter', 'resetEmitter', 'halfOpenEmitter')) {
    return undefined;
  }
  const state = () => Reflect.get(policy, 'state') as unknown;
  /** Consecutive failures: the breaker does not expose those that it counts. */
  let failures = 0;
  const publishRejection = catchErrors('Recording a rejected call', () =>
    execute('snakepit.circuit_breaker.call.rejected', {}, { pool: member.pool, state: 'open' }),
  );

  const stop = combinePatches(
    () =>
      onEmit(policy, 'breakEmitter', (reason: object) => {
        circuitOpened(member, failures, 'isolated' in reason ? 'isolated' : 'failures');
      }),
    () => onEmit(policy, 'halfOpenEmitter', () => circuitHalfOpened(member)),
    () =>
      onEmit(policy, 'resetEmitter', () => {
        failures = 0;
        circuitClosed(member);
      }),
    () =>
      beforeCalls(executor, 'invoke', () => {
        const allowedIn = state() === CLOSED ? 'closed' : 'half_open';
        execute('snakepit.circuit_breaker.call.allowed', {}, { pool: member.pool, state: allowedIn });
      }),
    () =>
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
    () =>
      wrapMethod(
        policy,
        'execute',
        (original) =>
          function (...args) {
            const before = state();
            const result = Reflect.apply(original, this, args);
            // An open breaker that allows a trial call leaves the state; one that rejects the call stays open.
            if (before === ISOLATED || (before === OPEN && state() === OPEN)) publishRejection();
            return result;
          },
      ),
  )();
  // A policy that the host has frozen is in no pool.
  const member = joinPool(pool, STATES.get(state()) ?? 'closed');
  return { member, stop };
}
