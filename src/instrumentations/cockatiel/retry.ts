import { AsyncLocalStorage } from 'node:async_hooks';
import { execute } from '../../bus/bus.js';
import { nanoseconds } from '../../common/units.js';
import type { PoolMember } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscriptions.js';
import { combinePatches } from '../patching/library-patches.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { outcomeName } from './outcome.js';
import { executorOf, hasEmitters, type Outcome, onEmit, onOutcomes } from './policy.js';

/** A call of `execute` of a retry policy. */
interface Operation {
  /** Start, ms of `performance.now()`. */
  readonly startedAt: number;
  attempts: number;
}

// The events of the policy do not identify the operation that they belong to.
const operations = new AsyncLocalStorage<Operation>();

/** Publishes the failed attempts, delays and results of a retry policy. Errors that it does not handle are not published. */
export function observeRetry(policy: object, pool: string): Subscription | undefined {
  const executor = executorOf(policy);
  if (executor === undefined || !hasEmitters(policy, 'onRetryEmitter', 'onGiveUpEmitter')) return undefined;
  const member: PoolMember = { pool };
  const countAttempt = () => {
    const operation = operations.getStore();
    if (operation !== undefined) operation.attempts += 1;
  };
  const stop = combinePatches(
    () =>
      wrapMethod(
        policy,
        'execute',
        (original) =>
          function (...args) {
            const operation = { startedAt: performance.now(), attempts: 0 };
            return operations.run(operation, () => Reflect.apply(original, this, args));
          },
      ),
    () =>
      onOutcomes(
        executor,
        () => {
          countAttempt();
          const measurements = measurementsOf(operations.getStore());
          if (measurements !== undefined)
            execute('snakepit.retry.success', measurements, { pool: member.pool });
        },
        countAttempt,
      ),
    () =>
      onEmit(policy, 'onRetryEmitter', ({ delay }: { delay: number }) => {
        const attempt = operations.getStore()?.attempts;
        if (attempt === undefined) return;
        const delay_ms = Math.round(delay);
        execute('snakepit.retry.attempt', { attempt, delay_ms }, { pool: member.pool });
        execute('snakepit.retry.backoff', { delay_ms }, { pool: member.pool, attempt });
      }),
    () =>
      onEmit(policy, 'onGiveUpEmitter', (outcome: Outcome) => {
        const measurements = measurementsOf(operations.getStore());
        if (measurements === undefined) return;
        const metadata = { pool: member.pool, last_error: outcomeName(outcome) };
        execute('snakepit.retry.exhausted', measurements, metadata);
      }),
  )();
  return { member, stop };
}

const measurementsOf = (operation: Operation | undefined) =>
  operation && {
    attempts: operation.attempts,
    total_duration: nanoseconds(performance.now() - operation.startedAt),
  };
