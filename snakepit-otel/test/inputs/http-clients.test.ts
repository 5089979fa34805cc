// Clients that hold connections and memory without using them, beside one that sends events.
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { EventsEndpoint } from '../../src/inputs/events-endpoint.js';
import { readBody } from '../../src/inputs/http-body.js';
import { type HttpHandler, HttpServer } from '../../src/inputs/http-server.js';
import { MAX_BODY_BYTES, MAX_CONNECTIONS, QUEUE_BYTES } from '../../src/inputs/limits.js';
import { Pipeline } from '../../src/inputs/pipeline.js';
import { enableGc } from '../helpers/enable-gc.js';
import { connectTo, eventually, line, received } from '../helpers/inputs.js';

const HOUR_MS = 3_600_000;

/** Starts a server that closes connections only when a request is slow. Returns its port. */
async function startServer(
  slowMs: number,
  handler: HttpHandler = new EventsEndpoint(new Pipeline()),
  discardMs = HOUR_MS,
) {
  const limits = {
    idleMs: HOUR_MS,
    headersMs: HOUR_MS,
    requestMs: HOUR_MS,
    checkMs: HOUR_MS,
    slowMs,
    discardMs,
  };
  const server = new HttpServer(handler, limits);
  await server.listen('127.0.0.1', 0);
  onTestFinished(() => {
    server.stopReading();
    return server.close();
  });
  return (server.address as { port: number }).port;
}

const head = (length: number, path = '/v1/events') =>
  `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n` +
  `content-length: ${length}\r\n\r\n`;
const REQUEST = head(line().length) + line();
const REFUSED = head(line().length, '/other') + line();

/** Opens a connection that sends a text. Returns what comes back. */
async function send(port: number, text: string | Buffer) {
  const socket = await connectTo({ port });
  const output = received(socket);
  socket.write(text);
  return { socket, output };
}

/** Sends a batch. Returns the status of the answer. */
async function post(port: number): Promise<number> {
  const headers = { 'content-type': 'application/x-ndjson', connection: 'close' };
  const url = `http://127.0.0.1:${port}/v1/events`;
  return (await fetch(url, { method: 'POST', body: line(), headers })).status;
}

describe('a new client is served', () => {
  test.each([
    ['idle between two requests', REQUEST, '200 OK'],
    ['idle after requests that were refused', REFUSED, '404 Not Found'],
  ])('while as many as may be are %s', async (_, request, status) => {
    const port = await startServer(HOUR_MS);
    const idle = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => send(port, request)));
    await eventually(() => expect(idle.every(({ output }) => output.text.includes(status))).toBe(true));
    for (let i = 0; i < 3; i++) expect(await post(port)).toBe(200);
    await eventually(() => expect(idle.filter(({ output }) => output.isEnded).length).toBeGreaterThan(0));
    expect(idle.filter(({ output }) => output.isEnded).length).toBeLessThanOrEqual(3);
  });

  test.each([
    ['nothing', ''],
    ['a part of a body', `${head(100)}{`],
    ['a part of a body that is refused', `${head(100, '/other')}{`],
  ])('while as many as may be have sent %s for long', async (_, text) => {
    const port = await startServer(0);
    await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => send(port, text)));
    expect(await post(port)).toBe(200);
  });

  test('while as many as may be do not read their answers', async () => {
    const content = Buffer.alloc(16 * 1024 * 1024);
    const answered = new Set<unknown>();
    const receive = async (request: IncomingMessage) => {
      await once(request.resume(), 'end');
      answered.add(request.socket);
      return { status: 200, contentType: 'text/plain', content };
    };
    const { refuse } = new EventsEndpoint(new Pipeline());
    const port = await startServer(0, { input: 'http', receive, refuse });
    for (let i = 0; i < MAX_CONNECTIONS; i++) {
      const socket = await connectTo({ port });
      socket.pause().write(REQUEST);
    }
    await eventually(() => expect(answered.size).toBe(MAX_CONNECTIONS));
    expect(await post(port)).toBe(200);
  });

  test('at its second try, while bodies that do not come to their end take all memory', async () => {
    const port = await startServer(0);
    const part = Buffer.alloc(MAX_BODY_BYTES - 1, 'x');
    for (let i = 0; i < 10; i++) await send(port, Buffer.concat([Buffer.from(head(MAX_BODY_BYTES)), part]));
    await eventually(async () => expect(await post(port)).toBe(200));
  });
});

test('a client that sends all of a request before it reads gets the answer to a body that is too large', async () => {
  const port = await startServer(HOUR_MS);
  const length = 3 * MAX_BODY_BYTES;
  const socket = await connectTo({ port });
  socket.pause().write(head(length));
  await new Promise<void>((sent, failed) =>
    socket.write(Buffer.alloc(length), (error) => (error ? failed(error) : sent())),
  );
  const output = received(socket);
  socket.resume();
  await eventually(() => expect(output.isEnded).toBe(true));
  expect(output.text).toContain('413 Payload Too Large');
  expect(output.text.match(/HTTP/g)).toHaveLength(1);
});

test('a client that never ends a request that was refused is disconnected', async () => {
  const port = await startServer(HOUR_MS, new EventsEndpoint(new Pipeline()), 100);
  const { socket, output } = await send(port, head(HOUR_MS, '/other'));
  const drip = setInterval(() => socket.write('x'), 10);
  onTestFinished(() => clearInterval(drip));
  await eventually(() => expect(socket.closed).toBe(true));
  expect(output.text).toContain('404 Not Found');
});

test('bodies that are being received leave other inputs their room', () => {
  const pipeline = new Pipeline();
  for (let part = QUEUE_BYTES; part >= 1; part /= 2) while (pipeline.reserve(part));
  expect(pipeline.awaitRoom(() => {})).toBe(false);
});

test('a connection whose client does not wait for answers is closed after 100 requests', async () => {
  const endpoint = new EventsEndpoint(new Pipeline());
  const requests: unknown[] = [];
  const receive = (request: unknown) => {
    requests.push(request);
    return new Promise<never>(() => {});
  };
  const port = await startServer(HOUR_MS, { input: 'http', receive, refuse: endpoint.refuse });
  const { socket } = await send(port, REQUEST.repeat(5000));
  await new Promise((closed) => socket.once('close', closed));
  expect(requests).toHaveLength(100);
});

test('a body that comes one byte at a time takes little more memory than its bytes', async () => {
  enableGc();
  const memory = async () => {
    for (let i = 0; i < 3; i++) {
      await nextTurn();
      (globalThis as unknown as { gc(): void }).gc();
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const count = 300_000;
  let growth = 0;
  async function* bytes() {
    const before = await memory();
    for (let i = 0; i < count; i++) yield Buffer.alloc(1, 'x');
    growth = (await memory()) - before;
  }
  const headers = { 'content-type': 'application/x-ndjson' };
  const request = Object.assign(Readable.from(bytes()), { headers }) as unknown as IncomingMessage;
  const body = await readBody(request, new Pipeline(), [headers['content-type']]);
  expect(body.bytes.equals(Buffer.alloc(count, 'x'))).toBe(true);
  // Each of them alone takes about 200 bytes.
  expect(growth).toBeLessThan(50 * count);
});
