import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PassThrough, Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { span } from '../../../src/index.js';
import { runNode } from '../../helpers/child.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const activeName = () => (trace.getActiveSpan() as { name?: string } | undefined)?.name;

async function collect(source: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of source) items.push(item);
  return items;
}

test('ends with a readable stream, which is read in the span', { tags: ['H22'] }, async () => {
  const host = instrumentedHost();
  let left = 2;
  const made = new Readable({
    objectMode: true,
    read() {
      this.push(left-- > 0 ? activeName() : null);
    },
  });
  const stream = span('read', () => made);
  expect(stream).toBe(made);
  expect(host.spans()).toHaveLength(0);
  expect(await collect(stream)).toEqual(['read', 'read']);
  expect(host.spans()).toHaveLength(1);
});

test('ends with a writable stream, which is written in the span', { tags: ['H22'] }, async () => {
  const host = instrumentedHost();
  const names: unknown[] = [];
  const stream = span(
    'write',
    () =>
      new Writable({
        write(_chunk, _encoding, done) {
          names.push(activeName());
          done();
        },
      }),
  );
  stream.write('a');
  expect(host.spans()).toHaveLength(0);
  await pipeline(Readable.from(['b']), stream);
  expect(names).toEqual(['write', 'write']);
  expect(host.spans()).toHaveLength(1);
});

test('ends with a transform stream, which is flushed once', async () => {
  const host = instrumentedHost();
  let flushed = 0;
  const stream = span(
    'transform',
    () =>
      new Transform({
        transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()),
        flush: (done) => {
          flushed++;
          done();
        },
      }),
  );
  const result = collect(stream);
  stream.end('abc');
  expect((await result).map(String)).toEqual(['ABC']);
  expect(flushed).toBe(1);
  expect(host.spans()).toHaveLength(1);
});

test('ends with a stream that fails or is destroyed, and with the error', async () => {
  const host = instrumentedHost();
  const failing = span('fails', () => new PassThrough());
  failing.on('error', () => {});
  failing.destroy(new Error('disk gone'));
  const destroyed = span('destroyed', () => new PassThrough());
  destroyed.destroy();
  await Promise.all(
    [failing, destroyed].map((stream) => new Promise((resolve) => stream.on('close', resolve))),
  );
  expect(host.spans().map(({ name, status }) => [name, status.message])).toEqual([
    ['fails', 'disk gone'],
    ['destroyed', undefined],
  ]);
});

test('does not hide an error that the host does not handle', async () => {
  const program = `
    import { PassThrough } from 'node:stream';
    import { registerInstrumentations } from '@opentelemetry/instrumentation';
    import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
    import { SnakepitInstrumentation, span } from 'opentelemetry-instrumentation-snakepit';
    registerInstrumentations({ tracerProvider: new NodeTracerProvider(), instrumentations: [new SnakepitInstrumentation()] });
    process.on('uncaughtException', (error) => console.log(error.message));
    span('stream', () => new PassThrough()).destroy(new Error('nobody listens'));`;
  const { stdout } = await runNode(['--input-type=module', '--eval', program]);
  expect(stdout).toBe('nobody listens\n');
});

test('ends with a response of node:http, and at once with a socket', async () => {
  const host = instrumentedHost();
  const server = createServer((_request, response) => response.end('body'));
  onTestFinished(() => void server.close());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const response = await span(
    'request',
    () => new Promise<IncomingMessage>((resolve) => get({ port, agent: false }, resolve)),
  );
  expect(host.spans()).toHaveLength(0);
  expect((await collect(response)).join('')).toBe('body');
  expect(host.spans()).toHaveLength(1);
  const socket = span('connect', () => connect(port));
  expect(host.spans()).toHaveLength(2);
  await once(socket, 'connect');
  socket.destroy();
});

test('leaves no listeners behind, and few for a stream of many spans', async () => {
  const host = instrumentedHost();
  const shared = new PassThrough();
  const before = shared.eventNames();
  for (let i = 0; i < 30; i++) span('shared', () => shared);
  expect(shared.listenerCount('close')).toBe(1);
  shared.resume().end();
  await once(shared, 'close');
  expect(host.spans()).toHaveLength(30);
  expect(shared.eventNames()).toEqual(before);
  expect(Object.hasOwn(shared, '_read')).toBe(false);
});

const webStream = (failure?: Error) => {
  let left = 2;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(activeName());
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
};

test.each([
  ['a loop', (stream: ReadableStream) => collect(stream as unknown as AsyncIterable<unknown>)],
  [
    'a reader',
    async (stream: ReadableStream) => {
      const reader = stream.getReader();
      const items: unknown[] = [];
      for (let step = await reader.read(); !step.done; step = await reader.read()) items.push(step.value);
      return items;
    },
  ],
  [
    'a pipe',
    async (stream: ReadableStream) => {
      const items: unknown[] = [];
      await stream.pipeTo(new WritableStream({ write: (item) => void items.push(item) }));
      return items;
    },
  ],
])('ends with a web stream that is read by %s, in the span', async (_how, read) => {
  const host = instrumentedHost();
  const stream = span('web', () => webStream());
  expect(stream.locked).toBe(false);
  expect(host.spans()).toHaveLength(0);
  expect(await read(stream)).toEqual(['web', 'web']);
  await expect.poll(() => host.spans()).toHaveLength(1);
});

test('ends with a web stream that is cancelled or fails', async () => {
  const host = instrumentedHost();
  await span('cancelled', () => webStream()).cancel();
  await expect.poll(() => host.spans()).toHaveLength(1);
  const failure = new Error('connection reset');
  const failing = span('failing', () => webStream(failure));
  await expect(collect(failing as unknown as AsyncIterable<unknown>)).rejects.toBe(failure);
  await expect.poll(() => host.spans()).toHaveLength(2);
  expect(host.spans().map(({ status }) => status.code)).toEqual([SpanStatusCode.UNSET, SpanStatusCode.ERROR]);
});

test('ends with the body of a fetched response, a writable web stream and a transform', {
  tags: ['H22'],
}, async () => {
  const host = instrumentedHost();
  const body = await span('body', async () => new Response('text').body as ReadableStream);
  expect(await new Response(body).text()).toBe('text');
  await expect.poll(() => host.spans()).toHaveLength(1);
  await span('writable', () => new WritableStream())
    .getWriter()
    .close();
  await expect.poll(() => host.spans()).toHaveLength(2);
  const transform = span('transform', () => new TransformStream());
  expect(host.spans()).toHaveLength(2);
  const writer = transform.writable.getWriter();
  void writer.write('x');
  void writer.close();
  expect(await collect(transform.readable as unknown as AsyncIterable<unknown>)).toEqual(['x']);
  await expect.poll(() => host.spans()).toHaveLength(3);
});

test('ends with a generator where the environment has no web streams, as that of jsdom', () => {
  const host = instrumentedHost();
  for (const name of ['ReadableStream', 'WritableStream', 'TransformStream'] as const)
    vi.stubGlobal(name, undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const generator = span('tokens', function* () {
    yield 1;
  });
  expect(host.spans()).toHaveLength(0);
  expect([...generator]).toEqual([1]);
  expect(host.spans()).toHaveLength(1);
});
