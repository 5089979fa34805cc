import { execute } from 'opentelemetry-instrumentation-snakepit';
import CircuitBreaker from 'opossum';

/** An opossum breaker around `fn` that tells the bus what it does. */
export function guardedBy(pool, fn) {
  const breaker = new CircuitBreaker(fn, {
    name: pool,
    timeout: false,
    resetTimeout: 1000,
    volumeThreshold: 10,
    errorThresholdPercentage: 50,
    rollingCountTimeout: 1000,
  });
  breaker.on('open', () => {
    execute(
      'snakepit.circuit_breaker.opened',
      { failure_count: breaker.stats.failures },
      { pool, reason: 'failures' },
    );
  });
  breaker.on('halfOpen', () => execute('snakepit.circuit_breaker.half_open', {}, { pool }));
  breaker.on('close', () => execute('snakepit.circuit_breaker.closed', {}, { pool }));
  breaker.on('fire', () => {
    if (!breaker.opened) {
      execute(
        'snakepit.circuit_breaker.call.allowed',
        {},
        { pool, state: breaker.halfOpen ? 'half_open' : 'closed' },
      );
    }
  });
  breaker.on('reject', () => execute('snakepit.circuit_breaker.call.rejected', {}, { pool, state: 'open' }));
  breaker.on('success', (_result, ms) => {
    execute('snakepit.circuit_breaker.call.success', { duration: ms * 1e6 }, { pool });
  });
  breaker.on('failure', (error, ms) => {
    execute('snakepit.circuit_breaker.call.failure', { duration: ms * 1e6 }, { pool, error: error.name });
  });
  return breaker;
}
