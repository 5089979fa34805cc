import { expect, test } from 'vitest';
import { execute } from '../../src/index.js';
import { instrumentedHost } from '../support/sdk.js';

test('an event that feeds a counter is counted with its tags', async () => {
  const host = instrumentedHost();
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
  execute('snakepit.circuit_breaker.opened', { failure_count: 7 }, { pool: 'default', reason: 'failures' });
  expect(
    await host.value('snakepit.circuit_breaker.opened.total', { pool: 'default', reason: 'failures' }),
  ).toBe(2);
  expect(await host.value('snakepit.circuit_breaker.failure_count', { pool: 'default' })).toBe(7);
  expect(await host.value('snakepit.circuit_breaker.state', { pool: 'default' })).toBe(2);
});
