import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ConnectionState, LiveStream, type MessageSource } from '../../src/page/app/data/stream.js';

/** Stand-in for `EventSource`, which Node does not have. */
class Source implements MessageSource {
  readyState = 0;
  readonly listeners = new Map<string, (event: { readonly data?: unknown }) => void>();

  constructor(readonly url: string) {}

  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void {
    this.listeners.set(name, listener);
  }

  emit(name: string, data?: unknown): void {
    this.listeners.get(name)?.({ data });
  }

  close(): void {
    this.readyState = 2;
  }
}

const sources: Source[] = [];
const states: ConnectionState[] = [];
const messages: [string, unknown][] = [];
let reason: string | undefined;

function startStream(): LiveStream {
  return new LiveStream('15m', {
    open: (url) => {
      const source = new Source(url);
      sources.push(source);
      return source;
    },
    onMessage: (name, data) => messages.push([name, data]),
    onState: (state) => states.push(state),
    explain: async () => reason,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  reason = undefined;
  for (const list of [sources, states, messages]) list.length = 0;
});
afterEach(() => void vi.useRealTimers());

test('passes messages on, and drops one that is not JSON', () => {
  startStream();
  sources[0]?.emit('open');
  sources[0]?.emit('tick', '{"ts":1,"gpus":{}}');
  sources[0]?.emit('tick', '{');
  expect(sources.map(({ url }) => url)).toEqual(['api/v1/stream?range=15m']);
  expect(messages).toEqual([['tick', { ts: 1, gpus: {} }]]);
  expect(states.map(({ kind }) => kind)).toEqual(['connecting', 'live']);
});

test('a tab that is hidden for 30 s disconnects, and connects again when it is shown', () => {
  const stream = startStream();
  stream.setVisible(false);
  vi.advanceTimersByTime(29_000);
  expect(sources[0]?.readyState).toBe(0);
  vi.advanceTimersByTime(1000);
  expect(sources[0]?.readyState).toBe(2);
  expect(states.at(-1)).toEqual({ kind: 'hidden' });

  stream.setVisible(true);
  expect(sources).toHaveLength(2);
});

test('a tab that is hidden for a moment keeps its connection', () => {
  const stream = startStream();
  stream.setVisible(false);
  vi.advanceTimersByTime(20_000);
  stream.setVisible(true);
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  expect(sources[0]?.readyState).toBe(0);
});

test('a server that refuses is asked for the reason, and tried again', async () => {
  reason = 'Too many pages are open on this server.';
  startStream();
  const first = sources[0];
  if (first === undefined) throw new Error('no source');
  first.readyState = 2;
  first.emit('error');
  await vi.advanceTimersByTimeAsync(0);
  expect(states.at(-1)).toMatchObject({ kind: 'lost', reason });
  await vi.advanceTimersByTimeAsync(3000);
  expect(sources).toHaveLength(2);

  sources[1]?.emit('open');
  expect(states.at(-1)).toEqual({ kind: 'live' });
  first.emit('tick', '{"ts":1,"gpus":{}}');
  expect(messages).toEqual([]);
});

test('a connection that EventSource itself opens again is shown as lost until then', () => {
  startStream();
  sources[0]?.emit('open');
  sources[0]?.emit('error');
  expect(states.at(-1)?.kind).toBe('lost');
  vi.advanceTimersByTime(60_000);
  expect(sources).toHaveLength(1);
  sources[0]?.emit('tick', '{"ts":1,"gpus":{}}');
  expect(states.at(-1)?.kind).toBe('live');
});
