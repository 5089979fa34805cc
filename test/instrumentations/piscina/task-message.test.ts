import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { addToMessage } from '../../../src/instrumentations/piscina/task-message.js';

test('a context is added to one message, not to one that the input of its task sends, and the port is left alone', () => {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const message = {
    get input() {
      port1.postMessage({ input: 'inner' });
      return 'outer';
    },
  };
  const restore = addToMessage(port1 as never, { traceparent: 'outer' });
  port1.postMessage(message);
  port1.postMessage({ input: 'next' });
  restore();
  const received = [1, 2, 3].map(() => receiveMessageOnPort(port2)?.message);
  expect(received).toEqual([
    { input: 'inner' },
    { input: 'outer', snakepitContext: { traceparent: 'outer' } },
    { input: 'next' },
  ]);

  const unused = addToMessage(port1 as never, { traceparent: 'unused' });
  expect(Object.keys(port1)).toContain('postMessage');
  unused();
  expect(Object.keys(port1)).not.toContain('postMessage');
});
