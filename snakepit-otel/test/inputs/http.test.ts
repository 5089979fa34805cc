import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { listen } from '../../../src/bus/bus.js';
import { EventsEndpoint } from '../../src/inputs/events-endpoint.js';
import { HttpBatch } from '../../src/inputs/http-batch.js';
import { HttpServer } from '../../src/inputs/http-server.js';
import { MAX_CONNECTIONS, QUEUE_LINES } from '../../src/inputs/limits.js';
import { Pipeline } from '../../src/inputs/pipeline.js';
import {
  connectTo,
  eventually,
  line,
  numbered,
  received,
  recordCounts,
  startHttp,
  temporaryFolder,
} from '../helpers/inputs.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };

async function post(
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
  method = 'POST',
) {
  const response = await fetch(url, {
    method,
    body: method === 'GET' ? undefined : new Uint8Array(Buffer.from(body)),
    headers: { ...NDJSON, ...headers },
  });
  const content = (await response.json()) as Record<string, unknown>;
  return { status: response.status, content, headers: response.headers };
}

async function startServer(server: HttpServer): Promise<string> {
  await server.listen('127.0.0.1', 0);
  onTestFinished(() => {
    server.stopReading();
    return server.close();
  });
  return `http://127.0.0.1:${(server.address as { port: number }).port}/v1/events`;
}

test('answers with the result of the whole batch', async () => {
  const { url, totals, refused } = await startHttp();
  const lines =
    numbered('a', 0, 10) +
    numbered('a', 0, 2) +
    line({ event: undefined }) +
    line({ metadata: { x: 'x'.repeat(70_000) } });
  const { status, content } = await post(url, lines + line());
  expect({ status, content }).toEqual({
    status: 200,
    content: {
      accepted: 11,
      duplicate: 2,
      rejected: 2,
      errors: [
        { line: 13, reason: 'event_missing' },
        { line: 14, reason: 'line_too_long' },
      ],
    },
  });
  await eventually(() => expect(totals).toMatchObject({ accepted: 11, duplicate: 2, refused: 2 }));
  expect(refused).toEqual({ event_missing: 1, line_too_long: 1 });
});

test('takes gzip, parameters of the content type, a hello and reports of dropped events', async () => {
  const { url, totals } = await startHttp();
  const lines =
    '{"hello":{"producer":"a"}}\n{"dropped":3,"seq":0}\n{"event":"e","seq":1}\n{"event":"e","seq":1}';
  const { content } = await post(url, gzipSync(lines), {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'content-encoding': 'gzip',
  });
  expect(content).toMatchObject({ accepted: 1, duplicate: 1, rejected: 0 });
  await eventually(() => expect(totals.dropped_by_producer).toBe(3));
});

test('takes a body that begins with a byte order mark', async () => {
  const { url } = await startHttp();
  const { content } = await post(url, `\ufeff${line()}\ufeff${line()}`);
  expect(content).toMatchObject({ accepted: 1, errors: [{ line: 2, reason: 'line_malformed' }] });
});

test('takes a request to a URL with its origin, as proxies send it', async () => {
  const { port, totals } = await startHttp();
  const socket = await connectTo({ port });
  const output = received(socket);
  const body = line();
  socket.write(
    `POST http://agent.example/v1/events?x HTTP/1.1\r\nhost: agent.example\r\nconnection: close\r\n` +
      `content-type: application/x-ndjson\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await eventually(() => expect(output.isEnded).toBe(true));
  expect(output.text).toContain('200 OK');
  await eventually(() => expect(totals.accepted).toBe(1));
});

test('lists at most 100 errors', async () => {
  const { url } = await startHttp();
  const { content } = await post(url, `${'x\n'.repeat(1000)}${line()}`);
  expect(content).toMatchObject({ accepted: 1, rejected: 1000 });
  expect(content.errors).toHaveLength(100);
});

test.each<[string, number, string, string | Buffer, Record<string, string>, string]>([
  ['another path', 404, '/v1/traces', line(), {}, 'POST'],
  ['GET', 405, '/v1/events', '', {}, 'GET'],
  ['JSON', 415, '/v1/events', line(), { 'content-type': 'application/json' }, 'POST'],
  ['an unknown encoding', 415, '/v1/events', line(), { 'content-encoding': 'br' }, 'POST'],
  ['no gzip', 400, '/v1/events', line(), { 'content-encoding': 'gzip' }, 'POST'],
  [
    'truncated gzip',
    400,
    '/v1/events',
    gzipSync(numbered('a', 0, 9)).subarray(0, 40),
    { 'content-encoding': 'gzip' },
    'POST',
  ],
  ['nothing that is an event', 400, '/v1/events', 'x\n{}\n', {}, 'POST'],
  ['an empty body', 400, '/v1/events', '', {}, 'POST'],
  ['more than 4 MiB', 413, '/v1/events', 'x'.repeat(4 * 1024 * 1024 + 1), {}, 'POST'],
  [
    'a gzip bomb',
    413,
    '/v1/events',
    gzipSync(Buffer.alloc(64 * 1024 * 1024)),
    { 'content-encoding': 'gzip' },
    'POST',
  ],
  ['more lines than the queue holds', 413, '/v1/events', '{}\n'.repeat(QUEUE_LINES + 1), {}, 'POST'],
  ['the origin of a web page', 403, '/v1/events', line(), { origin: 'https://attacker.example' }, 'POST'],
])('%s is answered with %i', async (_name, expected, path, body, headers, method) => {
  const { port, totals } = await startHttp();
  const { status } = await post(`http://127.0.0.1:${port}${path}`, body, headers, method);
  expect(status).toBe(expected);
  expect(totals.accepted).toBe(0);
  // The server goes on.
  expect((await post(`http://127.0.0.1:${port}/v1/events`, line())).status).toBe(200);
});

test('a chunked body of more than 4 MiB is refused before it ends', { tags: ['H35'] }, async () => {
  const { port } = await startHttp();
  const outgoing = request({ port, host: '127.0.0.1', path: '/v1/events', method: 'POST', headers: NDJSON });
  onTestFinished(() => void outgoing.destroy());
  outgoing.on('error', () => {});
  const status = new Promise((resolve) => outgoing.once('response', ({ statusCode }) => resolve(statusCode)));
  for (let i = 0; i < 5 * 16; i++) outgoing.write(Buffer.alloc(64 * 1024, 'x'));
  expect(await status).toBe(413);
});

describe('with a token', () => {
  const startWithToken = async () => {
    const file = join(await temporaryFolder(), 'token');
    writeFileSync(file, 'secret\n');
    return startHttp(file);
  };

  test.each([
    ['no token', undefined],
    ['a wrong token', 'Bearer wrong!'],
    ['a shorter token', 'Bearer secre'],
    ['a longer token', 'Bearer secret1'],
    ['an empty token', 'Bearer '],
    ['another scheme', 'Basic secret'],
  ])('%s is answered with 401', async (_name, authorization) => {
    const { url, totals, refused } = await startWithToken();
    const { status, headers } = await post(url, line(), authorization === undefined ? {} : { authorization });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    await eventually(() => expect(refused).toEqual({ unauthorized: 1 }));
    expect(totals.accepted).toBe(0);
  });

  test('the right one is accepted', async () => {
    const { url } = await startWithToken();
    expect((await post(url, line(), { authorization: 'bearer secret' })).status).toBe(200);
  });
});

test('a full queue is answered with 429 and Retry-After, and nothing of the batch is taken', async () => {
  const pipeline = new Pipeline();
  const { totals } = recordCounts();
  const url = await startServer(new HttpServer(new EventsEndpoint(pipeline)));
  const body = gzipSync(numbered('a', 0, QUEUE_LINES - 100));
  // A recorder that is so slow that the queue stays full for seconds.
  const spin = () => {
    for (const end = performance.now() + 0.05; performance.now() < end; );
  };
  const stopSpinning = listen('snakepit.python.inputs.test', spin);
  pipeline.add(new HttpBatch(), { bytes: Buffer.from(numbered('b', 0, QUEUE_LINES)), count: QUEUE_LINES });
  const full = await post(url, body, { 'content-encoding': 'gzip' });
  expect(full.status).toBe(429);
  expect(full.headers.get('retry-after')).toBe('1');
  await eventually(() => expect(totals.accepted).toBe(QUEUE_LINES));
  stopSpinning();
  expect(await post(url, body, { 'content-encoding': 'gzip' })).toMatchObject({
    status: 200,
    content: { accepted: QUEUE_LINES - 100, duplicate: 0 },
  });
});

describe('slow clients', () => {
  const limits = {
    idleMs: 200,
    headersMs: 300,
    requestMs: 600,
    checkMs: 50,
    slowMs: 60_000,
    discardMs: 60_000,
  };
  const startWithLimits = async () =>
    Number(new URL(await startServer(new HttpServer(new EventsEndpoint(new Pipeline()), limits))).port);

  test.each([
    ['headers', 'POST /v1/events HTTP/1.1\r\nhost: x\r\n', 'x-slow: 1\r\n'],
    [
      'a body',
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 100000\r\n\r\n',
      'x',
    ],
  ])('that drip %s are disconnected', async (_name, begin, drop) => {
    const socket = await connectTo({ port: await startWithLimits() });
    const output = received(socket);
    socket.write(begin);
    const drip = setInterval(() => socket.write(drop), 50);
    onTestFinished(() => clearInterval(drip));
    await eventually(() => expect(output.isEnded).toBe(true));
    expect(output.text).toContain('408 Request Timeout');
  });

  test('that send nothing are disconnected', async () => {
    const socket = await connectTo({ port: await startWithLimits() });
    const output = received(socket);
    socket.write(
      'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: 10\r\n\r\n',
    );
    await eventually(() => expect(output.isEnded).toBe(true));
  });

  test('beyond 64 connections are disconnected', async () => {
    const { port, url } = await startHttp();
    const sockets = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => connectTo({ port })));
    await expect(post(url, line())).rejects.toThrow();
    for (const socket of sockets) socket.destroy();
    await eventually(async () => expect((await post(url, line())).status).toBe(200));
  });
});

test('requests that were read are answered when inputs stop', async () => {
  const { url, inputs, totals } = await startHttp();
  const answered = post(url, numbered('a', 0, 5000));
  await eventually(() => expect(totals.accepted).toBeGreaterThan(0));
  const stopped = inputs.stop();
  expect(await answered).toMatchObject({ status: 200, content: { accepted: 5000 } });
  await stopped;
  await expect(fetch(url)).rejects.toThrow();
});
