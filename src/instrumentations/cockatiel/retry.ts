import { AsyncLocalStorage } from 'node:async_hooks';
import { execute } from '../../bus/bus.js';
import type { Pool } from '../breakers/pool.js';
import { nanoseconds, PoolMember } from '../breakers/pool-member.js';
import type { Subscription } from '../breakers/subscription.js';
import { wrapMethod } from '../patching/wrap-method.js';
import { outcomeName } from './outcome.js';
import { executorOf, hasEmitters, type Outcome, onEmit, onOutcomes } from './policy.js';

/** One `execute` of a retry policy. */
interface Operation {
  readonly startedAt: number;
  attempts: number;
}

// The policy's events do not say which of its operations they belong to.
const operations = new AsyncLocalStorage<Operation>();

/** A retry policy: attempts that failed, waits, and how it ended. An error that it is not there for is no event. */
export function watchRetry(policy: object, pool: Pool): Subscription | undefined {
  const executor = executorOf(policy);
  if (executor === undefined || !hasEmitters(policy, 'onRetryEmitter', 'onGiveUpEmitter')) return undefined;
  const member = new PoolMember(pool);
  const countAttempt = () => {
    const operation = operations.getStore();
    if (operation !== undefined) operation.attempts += 1;
  };
  const stops = [
    wrapMethod(
      policy,
      'execute',
      (original) =>
        function (...args) {
          const operation = { startedAt: performance.now(), attempts: 0 };
          return operations.run(operation, () => Reflect.apply(original, this, args));
        },
    ),
    onOutcomes(
      executor,
      () => {
        countAttempt();
        const measurements = soFar(operations.getStore());
        if (measurements !== undefined)
          execute('snakepit.retry.success', measurements, { pool: member.pool });
      },
      countAttempt,
    ),
    onEmit(policy, 'onRetryEmitter', ({ delay }: { delay: number }) => {
      const attempt = operations.getStore()?.attempts;
      if (attempt === undefined) return;
      const delay_ms = Math.round(delay);
      execute('snakepit.retry.attempt', { attempt, delay_ms }, { pool: member.pool });
      execute('snakepit.retry.backoff', { delay_ms }, { pool: member.pool, attempt });
    }),
    onEmit(policy, 'onGiveUpEmitter', (outcome: Outcome) => {
      const measurements = soFar(operations.getStore());
      if (measurements === undefined) return;
      const metadata = { pool: member.pool, last_error: outcomeName(outcome) };
      execute('snakepit.retry.exhausted', measurements, metadata);
    }),
  ];
  return {
    member,
    stop() {
      for (const stop of stops) stop();
    },
  };
}

const soFar = (operation: Operation | undefined) =>
  operation && {
    attempts: operation.attempts,
    total_duration: nanoseconds(performance.now() - operation.startedAt),
  };
