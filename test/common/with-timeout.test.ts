import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTimeout } from '../../src/common/with-timeout.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('hands over what comes in time, and leaves no timer behind', async () => {
  expect(await withTimeout(100, Promise.resolve('done'), 'late')).toBe('done');
  expect(vi.getTimerCount()).toBe(0);
});

it('does not wait for longer', async () => {
  const result = withTimeout(100, new Promise<string>(() => {}), 'late');
  await vi.advanceTimersByTimeAsync(100);
  expect(await result).toBe('late');
});

it('passes on what fails in time', async () => {
  await expect(withTimeout(100, Promise.reject(new Error('no')), 'late')).rejects.toThrow('no');
});
