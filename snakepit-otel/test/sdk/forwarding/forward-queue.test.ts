import { expect, onTestFinished, test, vi } from 'vitest';
import { ForwardQueue } from '../../../src/sdk/forwarding/forward-queue.js';
import { ForwardedRequest } from '../../../src/sdk/forwarding/forwarded-request.js';

const requestOf = (text: string) => new ForwardedRequest(Buffer.from(text), 'protobuf', 1);

test('a request that the collector never takes does not hold up the others', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const sent: string[] = [];
  const queue = new ForwardQueue({
    send: async ({ body }) => {
      const text = Buffer.from(body).toString();
      if (text === 'poison') return 'retry';
      sent.push(text);
      return 'exported';
    },
    lose: () => {},
  });
  for (const text of ['poison', 'a', 'b', 'c', 'd', 'e', 'f']) queue.add(requestOf(text));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  expect(queue.length).toBe(1);
});

test('requests that have no result when the queue stops are lost once, and sent no more', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let answer = () => {};
  let lost = 0;
  let attempts = 0;
  const queue = new ForwardQueue({
    send: () => {
      attempts++;
      return new Promise((resolve) => {
        answer = () => resolve('retry');
      });
    },
    lose: (count) => {
      lost += count;
    },
  });
  queue.add(requestOf('a'));
  queue.stop();
  answer();
  await vi.advanceTimersByTimeAsync(120_000);
  expect({ lost, attempts, waiting: queue.length }).toEqual({ lost: 1, attempts: 1, waiting: 0 });
});
