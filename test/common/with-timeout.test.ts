import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTimeout } from '../../src/common/with-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('returns a result within the limit, and leaves no timer behind', async () => {
  expect(await withTimeout(100, Promise.resolve('done'), 'fallback')).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

it('returns the fallback at the limit', async () => {
  const result = withTimeout(100, new Promise<string>(() => {}), 'fallback');
  await vi.advanceTimersByTimeAsync(100);
  expect(await result).toBe('fallback');
});

it('rejects if the work fails within the limit', async () => {
  await expect(withTimeout(100, Promise.reject(new Error('no')), 'fallback')).rejects.toThrow('no');
});
