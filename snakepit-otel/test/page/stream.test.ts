import { ServerResponse } from 'node:http';
import { execute } from 'opentelemetry-instrumentation-snakepit';
import { expect, onTestFinished, test, vi } from 'vitest';
import { eventually } from '../helpers/inputs.js';
import { openStream, rawRequest, startPage } from '../helpers/page.js';

const reject = (pool: string, count = 1) => {
  for (let i = 0; i < count; i++)
    execute('snakepit.circuit_breaker.call.rejected', {}, { pool, state: 'open' });
};
const names = (stream: Awaited<ReturnType<typeof openStream>>) =>
  stream.of('events').flatMap(({ data }) => data.rows.map(({ text }) => text));
const line = (pool: string) => `Circuit breaker rejected call for pool=${pool} state=open`;

test('a new client is sent a snapshot, and everything after it once', async () => {
  const { url } = await startPage();
  reject('before');
  const stream = await openStream(`${url}/api/v1/stream?range=5m`);
  await eventually(() => expect(stream.messages.length).toBeGreaterThan(1));
  reject('after');
  await eventually(() => expect(stream.of('breaker').map(({ data }) => data.name)).toContain('after'));
  const [reset, snapshot] = stream.messages;
  expect(reset).toMatchObject({ event: 'reset', id: undefined });
  expect(snapshot).toMatchObject({ event: 'snapshot', data: { v: 1, range: '5m', seq: 0 } });
  expect(stream.of('snapshot')[0]?.data.events.map(({ text }) => text)).toEqual([line('before')]);
  expect(names(stream)).toEqual([line('after')]);
});

test('a client that connects again after any message gets each event once', async () => {
  const { url } = await startPage();
  const first = await openStream(`${url}/api/v1/stream`);
  await eventually(() => expect(first.of('snapshot')).toHaveLength(1));
  let last = first.of('snapshot')[0]?.id;
  first.close();
  const seen: string[] = [];
  for (let round = 0; round < 5; round++) {
    reject(`missed-${round}`);
    const stream = await openStream(`${url}/api/v1/stream`, { 'last-event-id': `${last}` });
    reject(`live-${round}`);
    await eventually(() => expect(names(stream).join()).toContain(`live-${round}`));
    seen.push(...names(stream));
    expect(stream.of('reset')).toEqual([]);
    last = stream.messages.at(-1)?.id;
    stream.close();
  }
  expect(seen).toEqual([0, 1, 2, 3, 4].flatMap((round) => [line(`missed-${round}`), line(`live-${round}`)]));
});

test('a client that has a snapshot goes on after it', async () => {
  const { url, snapshot } = await startPage();
  reject('in-snapshot');
  const { boot, seq, events } = await snapshot();
  reject('since');
  const stream = await openStream(`${url}/api/v1/stream?from=${boot}-${seq}`);
  await eventually(() => expect(names(stream)).toEqual([line('since')]));
  expect(events.map(({ text }) => text)).toEqual([line('in-snapshot')]);
  expect(stream.of('snapshot')).toEqual([]);
});

test.each([
  ['of another server', 'abcdef012345-3'],
  ['of the future', (boot: string) => `${boot}-99`],
  ['that is none', '../../etc/passwd'],
])('a position %s gets a snapshot', async (_, position) => {
  const { url, snapshot } = await startPage();
  const { boot } = await snapshot();
  const id = typeof position === 'string' ? position : position(boot);
  const stream = await openStream(`${url}/api/v1/stream`, { 'last-event-id': id });
  await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
  expect(stream.messages[0]?.event).toBe('reset');
});

test('a position whose messages are gone gets a snapshot', async () => {
  const { url, store } = await startPage();
  const first = await openStream(`${url}/api/v1/stream`);
  await eventually(() => expect(first.of('snapshot')).toHaveLength(1));
  const last = first.of('snapshot')[0]?.id;
  for (let i = 0; i < 150; i++) reject(`pool-${i}`);
  await eventually(() => expect(first.of('breaker').length).toBeGreaterThanOrEqual(150));
  first.close();
  const [breaker] = store.breakers.all;
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 150; i++) store.changes.mark('breakers', `pool-${i}`);
    // Each makes a message for each breaker.
    await (await fetch(`${url}/api/v1/snapshot`)).arrayBuffer();
  }
  const stream = await openStream(`${url}/api/v1/stream`, { 'last-event-id': `${last}` });
  await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
  expect(breaker).toBeDefined();
  expect(stream.messages[0]?.event).toBe('reset');
});

test('the ninth client is refused until one leaves', async () => {
  const { url } = await startPage();
  const streams = await Promise.all(Array.from({ length: 8 }, () => openStream(`${url}/api/v1/stream`)));
  expect(streams.map(({ status }) => status)).toEqual(Array(8).fill(200));
  const refused = await fetch(`${url}/api/v1/stream`);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toEqual({ error: expect.stringContaining('8 clients') });
  streams[0]?.close();
  await eventually(async () => expect((await openStream(`${url}/api/v1/stream`)).status).toBe(200));
});

test('all clients are sent the same bytes, which are built once', async () => {
  const { url, store } = await startPage();
  const streams = await Promise.all(Array.from({ length: 3 }, () => openStream(`${url}/api/v1/stream`)));
  for (const stream of streams) await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
  const build = vi.spyOn(store.breakers, 'row');
  reject('shared');
  for (const stream of streams) await eventually(() => expect(names(stream)).toEqual([line('shared')]));
  expect(build).toHaveBeenCalledTimes(1);
});

test('many events at once are sent up to a limit, with the number of the others', async () => {
  const { url, snapshot } = await startPage();
  const stream = await openStream(`${url}/api/v1/stream`);
  await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
  reject('burst', 5000);
  await eventually(() => {
    const sent = stream.of('events').map(({ data }) => data);
    const rows = sent.reduce((sum, { rows }) => sum + rows.length, 0);
    const skipped = sent.reduce((sum, batch) => sum + batch.skipped, 0);
    expect(rows + skipped).toBe(5000);
    expect(rows).toBeLessThanOrEqual(200);
  });
  for (const { data } of stream.of('events')) expect(data.rows.length).toBeLessThanOrEqual(100);
  expect((await snapshot()).breakers).toMatchObject([{ name: 'burst', rejected: 5000 }]);
});

test('changes of one row are sent at most four times a second', async () => {
  const { url } = await startPage();
  const stream = await openStream(`${url}/api/v1/stream`);
  await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
  const start = Date.now();
  while (Date.now() - start < 1000) {
    reject('busy');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const count = stream.of('breaker').length;
  expect(count).toBeGreaterThan(1);
  expect(count).toBeLessThanOrEqual(6);
});

test('no messages are made while nobody looks, and a client that comes back later gets a snapshot', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const { url, store } = await startPage();
  const first = await openStream(`${url}/api/v1/stream`);
  await vi.waitFor(() => expect(first.of('snapshot')).toHaveLength(1));
  const last = first.of('snapshot')[0]?.id;
  first.close();
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
  expect(store.changes.isRecording).toBe(true);
  await vi.waitFor(() => {
    vi.advanceTimersByTime(61_000);
    expect(store.changes.isRecording).toBe(false);
  });
  vi.useRealTimers();
  reject('unseen');
  const stream = await openStream(`${url}/api/v1/stream`, { 'last-event-id': `${last}` });
  await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
  expect(stream.of('snapshot')[0]?.data.events.map(({ text }) => text)).toEqual([line('unseen')]);
});

/** Records the responses of this process that are written in parts. */
function recordResponses(): ReadonlySet<ServerResponse> {
  const responses = new Set<ServerResponse>();
  const write = ServerResponse.prototype.write;
  vi.spyOn(ServerResponse.prototype, 'write').mockImplementation(function (
    this: ServerResponse,
    ...args: Parameters<typeof write>
  ) {
    responses.add(this);
    return write.apply(this, args);
  });
  onTestFinished(() => void vi.restoreAllMocks());
  return responses;
}

test('a client that does not read holds little memory, gets a gap when it reads again, and slows no other', async () => {
  const responses = recordResponses();
  const { url, port, store } = await startPage();
  const fast = await openStream(`${url}/api/v1/stream`);
  const slow = rawRequest(port, 'GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
  slow.pause();
  await eventually(() => expect(fast.of('snapshot')).toHaveLength(1));
  const text = 'x'.repeat(900);
  // More than the buffers of the system take.
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 200; i++) {
      const name = `pool-${i}-${text}`.slice(0, 128);
      execute('snakepit.circuit_breaker.state', { state: round % 3, breakers: 1 }, { pool: name });
    }
    await (await fetch(`${url}/api/v1/snapshot`)).arrayBuffer();
  }
  await eventually(() => {
    expect(store.changes.hasChanges).toBe(false);
    expect(fast.of('breaker').length).toBeGreaterThanOrEqual(40 * 200);
  });
  const held = Math.max(...[...responses].map(({ writableLength }) => writableLength));
  expect(held).toBeGreaterThan(256 * 1024);
  expect(held).toBeLessThan(300 * 1024);
  let received = '';
  slow.on('data', (chunk) => {
    received += chunk;
  });
  slow.resume();
  await eventually(() => expect(received).toMatch(/event: gap\n[\s\S]*event: snapshot\n/));
  const gap = /event: gap\ndata: (.*)/.exec(received)?.[1] ?? '';
  const before = received.slice(0, received.indexOf('event: gap'));
  const sent = [...before.matchAll(/^id: \w+-(\d+)$/gm)].map(([, seq]) => Number(seq));
  expect(JSON.parse(gap)).toMatchObject({ from: Math.max(...sent) + 1 });
  expect(fast.of('gap')).toEqual([]);
});

test('a client that does not read for a minute is disconnected', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { port, store, get } = await startPage();
  const slow = rawRequest(port, 'GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
  slow.pause();
  let isClosed = false;
  for (let i = 0; i < 200; i++) reject(`pool-${i}-${'x'.repeat(100)}`);
  for (let round = 0; round < 100; round++) {
    for (const { name } of store.breakers.all) store.changes.mark('breakers', name);
    await (await get('/api/v1/snapshot')).arrayBuffer();
  }
  const server = new Promise<void>((resolve) => slow.once('close', () => resolve()));
  void server.then(() => {
    isClosed = true;
  });
  vi.advanceTimersByTime(45_000);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isClosed).toBe(false);
  vi.advanceTimersByTime(31_000);
  slow.resume();
  await server;
});

test('a client that reads is sent a comment every 15 s', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const { url } = await startPage();
  const stream = await openStream(`${url}/api/v1/stream`);
  await vi.waitFor(() => expect(stream.of('snapshot')).toHaveLength(1));
  vi.advanceTimersByTime(45_000);
  await vi.waitFor(() => expect(stream.state.comments).toBe(3));
});
