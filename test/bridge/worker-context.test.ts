import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Metadata, type MetadataValue, Server, ServerCredentials } from '@grpc/grpc-js';
import { context, createTraceState, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test } from 'vitest';
import { workerContext } from '../../src/bridge/index.js';
import { isTraceparent } from '../../src/common/traceparent.js';
import { instrumentedHost } from '../helpers/sdk.js';

const run = promisify(execFile);

/** Calls `workerContext()` with this span active. */
const contextOf = (spanContext: Parameters<typeof trace.wrapSpanContext>[0]) =>
  context.with(trace.setSpan(context.active(), trace.wrapSpanContext(spanContext)), workerContext);

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('names the active span as the traceparent, and as the correlation id', () => {
  instrumentedHost();
  expect(contextOf(SPAN)).toEqual({
    env: { SNAKEPIT_CORRELATION_ID: TRACEPARENT, TRACEPARENT },
    metadata: { 'x-snakepit-correlation-id': TRACEPARENT, traceparent: TRACEPARENT },
    correlationId: TRACEPARENT,
  });
});

test('passes the trace state on, and the decision not to sample', () => {
  instrumentedHost();
  const { env, metadata } = contextOf({ ...SPAN, traceFlags: 0, traceState: createTraceState('a=1,b=2') });
  expect(env).toMatchObject({ TRACEPARENT: TRACEPARENT.replace(/01$/, '00'), TRACESTATE: 'a=1,b=2' });
  expect(metadata.tracestate).toBe('a=1,b=2');
  expect(contextOf({ ...SPAN, traceState: createTraceState('') }).env).not.toHaveProperty('TRACESTATE');
});

test.each([
  ['no span is active', workerContext],
  ['the active span is invalid', () => contextOf({ ...SPAN, traceId: '0'.repeat(32) })],
])("has a new correlation id in Snakepit's form, and no traceparent, if %s", (_, call) => {
  instrumentedHost();
  const [first, second] = [call(), call()];
  expect(first.correlationId).toMatch(/^sp-[0-9a-f]{24}$/);
  expect(second.correlationId).not.toBe(first.correlationId);
  expect(first.env).toEqual({ SNAKEPIT_CORRELATION_ID: first.correlationId });
  expect(first.metadata).toEqual({ 'x-snakepit-correlation-id': first.correlationId });
});

test('reaches a child process as its environment', async () => {
  const host = instrumentedHost();
  await host.tracer.startActiveSpan('request', async (span) => {
    const { env, correlationId } = workerContext();
    const program = 'import json, os; print(json.dumps(dict(os.environ)))';
    const { stdout } = await run('python3', ['-c', program], { env: { ...process.env, ...env } });
    const received = JSON.parse(stdout);
    expect(received.TRACEPARENT).toContain(span.spanContext().traceId);
    expect(isTraceparent(received.TRACEPARENT)).toBe(true);
    expect(received.SNAKEPIT_CORRELATION_ID).toBe(correlationId);
    span.end();
  });
});

test('reaches a gRPC server as metadata', async () => {
  const host = instrumentedHost();
  const { Client, credentials } = await import('@grpc/grpc-js');
  const method = {
    path: '/snakepit.bridge.BridgeService/ExecuteTool',
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: Buffer) => value,
    requestDeserialize: (value: Buffer) => value,
    responseSerialize: (value: Buffer) => value,
    responseDeserialize: (value: Buffer) => value,
  } as const;
  const server = new Server();
  let received: Record<string, MetadataValue> = {};
  server.addService(
    { ExecuteTool: method },
    {
      ExecuteTool: (call: { metadata: Metadata }, done: (error: null, value: Buffer) => void) => {
        received = call.metadata.getMap();
        done(null, Buffer.from('done'));
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => {
    client.close();
    server.forceShutdown();
  });

  const sent = host.tracer.startActiveSpan('request', (span) => {
    span.end();
    return workerContext();
  });
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(sent.metadata)) metadata.set(key, value);
  await new Promise<void>((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      Buffer.from('x'),
      metadata,
      (error) => (error ? reject(error) : resolve()),
    );
  });
  expect(received).toMatchObject(sent.metadata);
});
