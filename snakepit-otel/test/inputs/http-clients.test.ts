// Clients that hold connections and memory without using them, beside one that sends events.
import { describe, expect, onTestFinished, test } from 'vitest';
import { EventsEndpoint } from '../../src/inputs/events-endpoint.js';
import { type HttpHandler, HttpServer } from '../../src/inputs/http-server.js';
import { MAX_BODY_BYTES, MAX_CONNECTIONS, QUEUE_BYTES } from '../../src/inputs/limits.js';
import { Pipeline } from '../../src/inputs/pipeline.js';
import { connectTo, eventually, line, received } from '../helpers/inputs.js';

const HOUR_MS = 3_600_000;

/** Starts a server whose only limit is when a request is slow. Returns its port. */
async function startServer(slowMs: number, handler: HttpHandler = new EventsEndpoint(new Pipeline())) {
  const limits = { idleMs: HOUR_MS, headersMs: HOUR_MS, requestMs: HOUR_MS, checkMs: HOUR_MS, slowMs };
  const server = new HttpServer(handler, limits);
  await server.listen('127.0.0.1', 0);
  onTestFinished(() => {
    server.stopReading();
    return server.close();
  });
  return (server.address as { port: number }).port;
}

const head = (length: number) =>
  'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\n' +
  `content-length: ${length}\r\n\r\n`;
const REQUEST = head(line().length) + line();

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
  test('while as many as may be are idle between two requests', async () => {
    const port = await startServer(HOUR_MS);
    const idle = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => send(port, REQUEST)));
    await eventually(() => expect(idle.every(({ output }) => output.text.includes('200 OK'))).toBe(true));
    for (let i = 0; i < 3; i++) expect(await post(port)).toBe(200);
    await eventually(() => expect(idle.filter(({ output }) => output.isEnded).length).toBeGreaterThan(0));
    expect(idle.filter(({ output }) => output.isEnded).length).toBeLessThanOrEqual(3);
  });

  test.each([
    ['nothing', ''],
    ['a part of a body', `${head(100)}{`],
  ])('while as many as may be have sent %s for long', async (_, text) => {
    const port = await startServer(0);
    await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => send(port, text)));
    expect(await post(port)).toBe(200);
  });

  test('at its second try, while bodies that do not come to their end take all memory', async () => {
    const port = await startServer(0);
    const part = Buffer.alloc(MAX_BODY_BYTES - 1, 'x');
    for (let i = 0; i < 10; i++) await send(port, Buffer.concat([Buffer.from(head(MAX_BODY_BYTES)), part]));
    await eventually(async () => expect(await post(port)).toBe(200));
  });
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
