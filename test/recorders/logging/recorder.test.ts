import { expect, test } from 'vitest';
import { execute, span } from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';

test('emits warnings and errors as log records of the active span', () => {
  const host = instrumentedHost();
  span('request', () =>
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'p', reason: 'failures' }),
  );
  const [record, ...more] = host.logs();
  expect(more).toEqual([]);
  expect(record).toMatchObject({
    eventName: 'snakepit.circuit_breaker.opened',
    severityNumber: 13,
    severityText: 'WARN',
    body: 'Circuit breaker OPENED for pool=p: 5 failures',
    attributes: { 'snakepit.pool': 'p', 'snakepit.reason': 'failures', 'snakepit.failure_count': 5 },
  });
  expect(record?.spanContext?.traceId).toBe(host.spans()[0]?.spanContext().traceId);
});

test('emits no record for events below the level', () => {
  const quiet = instrumentedHost({ logLevel: 'error' });
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'p' });
  execute(
    'snakepit.retry.exhausted',
    { attempts: 3, total_duration: 0 },
    { pool: 'p', last_error: 'timeout' },
  );
  expect(quiet.logs().map(({ severityText }) => severityText)).toEqual(['ERROR']);
});

test('rejects an unknown level by name', () => {
  expect(() => instrumentedHost({ logLevel: 'loud' as 'info' })).toThrow('Invalid logLevel: "loud"');
});
