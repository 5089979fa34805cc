import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CANCELED, ExporterRetries, type ExportResponse } from '../../src/sdk/exporter-retries.js';

const BODY = new Uint8Array([1]);
const SUCCESS: ExportResponse = { status: 'success' };
const TIMEOUT_MS = 30_000;
const WAIT_MS = 5000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Creates retries whose attempts are counted. */
function countedRetries(response: ExportResponse = SUCCESS) {
  const send = vi.fn(async () => response);
  return { send, retries: new ExporterRetries(send) };
}

test('sends a body again after the wait', async () => {
  const { send, retries } = countedRetries();
  const result = retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
  expect(send).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(await result).toBe(SUCCESS);
  expect(send).toHaveBeenCalledWith(BODY, TIMEOUT_MS);
});

test('in a hurry, no wait is longer than 1 s', async () => {
  const { send, retries } = countedRetries();
  void retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  await vi.advanceTimersByTimeAsync(400);
  const end = retries.hurry();
  void retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  void retries.retry(BODY, TIMEOUT_MS, 100);
  const attempts = [];
  for (const waitMs of [99, 1, 499, 1, 399, 1]) {
    await vi.advanceTimersByTimeAsync(waitMs);
    attempts.push(send.mock.calls.length);
  }
  expect(attempts).toEqual([0, 1, 1, 2, 2, 3]);

  end();
  void retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
  expect(send).toHaveBeenCalledTimes(3);
});

test('a wait that has already taken 1 s ends when the hurry begins', async () => {
  const { send, retries } = countedRetries();
  void retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  await vi.advanceTimersByTimeAsync(3000);
  retries.hurry();
  await vi.advanceTimersByTimeAsync(1);
  expect(send).toHaveBeenCalledTimes(1);
});

test('a wait that the collector asked for is kept, also in a hurry', async () => {
  const { send, retries } = countedRetries({ status: 'retryable', retryInMillis: WAIT_MS });
  await retries.send(BODY, TIMEOUT_MS);
  void retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  retries.hurry();
  await vi.advanceTimersByTimeAsync(WAIT_MS - 1);
  expect(send).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(send).toHaveBeenCalledTimes(2);
});

test('a canceled retry fails and sends nothing', async () => {
  const { send, retries } = countedRetries();
  const result = retries.retry(BODY, TIMEOUT_MS, WAIT_MS);
  retries.cancel();
  expect(await result).toBe(CANCELED);
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  expect(send).not.toHaveBeenCalled();
});
