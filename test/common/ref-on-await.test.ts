import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RefOnAwait } from '../../src/common/ref-on-await.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Returns a promise of unfinished work, and the timer that may keep the process alive. */
function refOnAwait() {
  let resolve = (_: string) => {};
  const setInterval = vi.spyOn(globalThis, 'setInterval');
  const promise = RefOnAwait.of(new Promise<string>((settle) => (resolve = settle)));
  return { promise, resolve, timer: setInterval.mock.results[0]?.value as NodeJS.Timeout };
}

it.each<[string, (promise: Promise<string>) => unknown]>([
  ['await', async (promise) => await promise],
  ['then', (promise) => promise.then()],
  ['catch', (promise) => promise.catch(() => {})],
  ['finally', (promise) => promise.finally()],
  ['Promise.all', (promise) => Promise.all([promise])],
])('keeps the process alive from %s until the result is known', async (_, wait) => {
  const { promise, resolve, timer } = refOnAwait();
  expect(timer.hasRef()).toBe(false);
  const waiting = wait(promise);
  await Promise.resolve();
  expect(timer.hasRef()).toBe(true);
  resolve('done');
  await waiting;
  expect(vi.getTimerCount()).toBe(0);
  expect(await promise).toBe('done');
});

it('rejects with the error of the work, and leaves no timer behind', async () => {
  const error = new Error('no');
  await expect(RefOnAwait.of(Promise.reject(error))).rejects.toBe(error);
  expect(vi.getTimerCount()).toBe(0);
});

it('derives plain promises', () => {
  expect(refOnAwait().promise.then(String).constructor).toBe(Promise);
});
