import { expect, test } from 'vitest';
import { type SseMessage, SseParser } from '../../../src/cli/live/sse-parser.js';

/** Returns the messages of a stream that arrives in chunks of so many bytes. */
function parse(text: string, chunkBytes: number): SseMessage[] {
  const messages: SseMessage[] = [];
  const parser = new SseParser((message) => messages.push(message));
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) parser.push(bytes.subarray(at, at + chunkBytes));
  return messages;
}

test.each([1, 2, 3, 7, 1000])('parses messages in chunks of %i bytes', (chunkBytes) => {
  const stream =
    ': comment\n\nid: a-1\nevent: tick\ndata: {"ü":\ndata:"表"}\n\nid:a-2\r\ndata: x\r\n\r\nretry: 5\n\nevent: empty\n\ndata\rdata: y\r\r';
  expect(parse(stream, chunkBytes)).toEqual([
    { event: 'tick', data: '{"ü":\n"表"}', id: 'a-1' },
    { event: 'message', data: 'x', id: 'a-2' },
    { event: 'message', data: '\ny', id: 'a-2' },
  ]);
});

test('keeps nothing of a message that is not complete', () => {
  expect(parse('data: x\n', 100)).toEqual([]);
});

test('refuses a message that is too large to be one of ours', () => {
  const parser = new SseParser(() => {});
  const chunk = Buffer.from(`data: ${'x'.repeat(2 ** 20)}\n`);
  const push = () => {
    for (let i = 0; i < 40; i += 1) parser.push(chunk);
  };
  expect(push).toThrow('too large');
});
