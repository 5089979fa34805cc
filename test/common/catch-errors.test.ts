import { expect, test } from 'vitest';
import { catchErrors } from '../../src/common/catch-errors.js';

test('passes the arguments on and does not throw', () => {
  const received: unknown[] = [];
  const run = catchErrors('Testing', (...args: unknown[]) => {
    received.push(...args);
    throw new Error('failed');
  });
  expect(run(1, 'two')).toBeUndefined();
  expect(received).toEqual([1, 'two']);
});
