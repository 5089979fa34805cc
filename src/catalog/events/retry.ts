import { errorClass } from '../../common/error-class.js';
import { defineEvent, inLogGroup, spanEvent } from '../event-definition.js';
import { error, integer, number, text, unknown } from '../field.js';
import { BOUNDARIES, counter, distribution } from '../metric-spec.js';

export const retryEvents = inLogGroup('ml', {
  'snakepit.retry.attempt': defineEvent({
    description: 'Attempt failed, will retry',
    origin: 'elixir',
    measurements: { attempt: integer('{attempt}', '1-based failed attempt'), delay_ms: integer('ms') },
    metadata: { pool: text('always nil as emitted'), operation: unknown('always nil as emitted') },
    metrics: [
      counter('snakepit.retry.failed_attempts.total', {
        description: 'Attempts that failed and were retried',
        unit: '{attempt}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: { message: (m, t) => `Retry attempt ${m.attempt} for pool=${t.pool} after ${m.delay_ms}ms delay` },
  }),
  'snakepit.retry.success': defineEvent({
    description: 'Operation succeeded, first try included',
    origin: 'elixir',
    measurements: {
      attempts: integer('{attempt}'),
      total_duration: integer('ns', 'declared native; emitted as constant 0'),
    },
    metadata: { pool: text('always nil as emitted') },
    metrics: [
      distribution('snakepit.retry.attempts', {
        measurement: 'attempts',
        description: 'Attempts needed until success',
        unit: '{attempt}',
        tags: ['pool'],
        boundaries: BOUNDARIES.attempts,
      }),
    ],
    trace: spanEvent,
  }),
  'snakepit.retry.exhausted': defineEvent({
    description: 'No attempts left',
    origin: 'elixir',
    measurements: {
      attempts: integer('{attempt}'),
      total_duration: integer('ns', 'declared native; emitted as constant 0'),
    },
    metadata: { pool: text('always nil as emitted'), last_error: error(unknown('whole result tuple')) },
    metrics: [
      counter('snakepit.retry.exhausted.total', {
        description: 'Operations that ran out of attempts',
        unit: '{operation}',
        tags: ['pool'],
      }),
    ],
    trace: spanEvent,
    log: {
      level: 'error',
      message: (m, t) =>
        `Retries exhausted for pool=${t.pool} after ${m.attempts} attempts: ${errorClass(t.last_error) ?? 'error'}`,
    },
  }),
  'snakepit.retry.backoff': defineEvent({
    description: 'Waiting before next attempt',
    origin: 'declared',
    measurements: { delay_ms: integer('ms') },
    metadata: { pool: text(), attempt: number() },
    metrics: [
      distribution('snakepit.retry.backoff.delay_ms', {
        measurement: 'delay_ms',
        description: 'Wait before the next attempt',
        unit: 'ms',
        tags: ['pool'],
        boundaries: BOUNDARIES.delayMs,
      }),
    ],
    trace: spanEvent,
  }),
});
