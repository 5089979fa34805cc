import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { execute } from '../../../../src/index.js';
import { grpcReceiver, httpReceiver } from '../../../../test/helpers/otlp-receiver.js';
import { startTelemetry } from '../../../src/index.js';
import { eventually, recordNamed } from '../../helpers/inputs.js';
import { encodeRequest, spansOf } from './spans-of.js';
import { startOtlp } from './start-otlp.js';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const CORRELATION_ID = 'snakepit.correlation_id';

const correlation = (id: string) => [{ key: CORRELATION_ID, value: { stringValue: id } }];
const requestOf = (name: string, correlationId: string, number = 1) =>
  encodeRequest({
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: Buffer.alloc(16, number),
                spanId: Buffer.alloc(8, number),
                name,
                attributes: correlation(correlationId),
              },
            ],
          },
        ],
      },
    ],
  });

test('forwards JSON as JSON, metrics and logs as they are', async () => {
  const collector = await httpReceiver();
  const { post } = await startOtlp(collector.endpoint, {
    metrics: ['otlp'],
    logs: ['otlp'],
    metricExportIntervalMs: 3_600_000,
  });
  const traces = {
    resourceSpans: [
      {
        scopeSpans: [
          {
            spans: [
              {
                traceId: 'A'.repeat(32),
                spanId: 'b'.repeat(16),
                name: 'BridgeService/ExecuteTool',
                startTimeUnixNano: '1795695887179153000',
                attributes: [...correlation('sp-1'), { key: 'n', value: { intValue: 1 } }],
              },
              { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), name: 'other', attributes: [] },
            ],
          },
        ],
      },
    ],
  };
  const text = JSON.stringify(traces).replace('"intValue":1', '"intValue":9007199254740993');
  expect((await post('/v1/traces', text, JSON_TYPE)).status).toBe(200);
  const metrics = {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: '1' }] } }] }] },
    ],
  };
  expect((await post('/v1/metrics', JSON.stringify(metrics), JSON_TYPE)).status).toBe(200);
  const logs = Buffer.from([0x0a, 0x04, 0x12, 0x02, 0x12, 0x00]);
  expect((await post('/v1/logs', logs, PROTOBUF)).status).toBe(200);
  const exported = (signal: string) => collector.exports.filter((each) => each.signal === signal);
  await eventually(() =>
    expect(['traces', 'metrics', 'logs'].map((signal) => exported(signal).length)).toEqual([1, 1, 1]),
  );
  const [joined, other] = JSON.parse(`${exported('traces')[0]?.body}`).resourceSpans[0].scopeSpans[0].spans;
  expect(joined).toMatchObject({
    spanId: 'b'.repeat(16),
    startTimeUnixNano: '1795695887179153000',
    traceId: expect.not.stringMatching(/^A/i),
  });
  expect(`${exported('traces')[0]?.body}`).toContain('{"key":"n","value":{"intValue":9007199254740993}}');
  expect(other).toEqual({ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), name: 'other', attributes: [] });
  expect(JSON.parse(`${exported('metrics')[0]?.body}`)).toEqual(metrics);
  expect(exported('logs')[0]?.body).toEqual(logs);
});

test('forwards over gRPC, which has no JSON', async () => {
  const collector = await grpcReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
  const { post } = await startOtlp(collector.endpoint);
  const json = await post('/v1/traces', '{}', JSON_TYPE);
  expect({ status: json.status, content: await json.json() }).toEqual({
    status: 415,
    content: { message: 'the exporter uses gRPC, which has no JSON: send application/x-protobuf' },
  });
  expect((await post('/v1/traces', requestOf('BridgeService/ExecuteTool', 'sp-1'), PROTOBUF)).status).toBe(
    200,
  );
  await eventually(() => expect(collector.exports).toHaveLength(1));
});

test('refuses what is not a request to export, and signals without an exporter', async () => {
  const collector = await httpReceiver();
  const { post } = await startOtlp(collector.endpoint);
  const refused = recordNamed('snakepit.bridge.otlp.refused');
  const statusOf = async (...request: Parameters<typeof post>) => (await post(...request)).status;
  expect(await statusOf('/v1/traces', 'no', PROTOBUF)).toBe(400);
  expect(await statusOf('/v1/traces', '[]', JSON_TYPE)).toBe(400);
  expect(await statusOf('/v1/traces', '{}', { 'content-type': 'text/plain' })).toBe(415);
  expect(await statusOf('/v1/traces', '{}', { ...JSON_TYPE, origin: 'http://a' })).toBe(403);
  expect(await statusOf('/v1/metrics', '{}', JSON_TYPE)).toBe(404);
  expect(await statusOf('/v2/traces', '{}', JSON_TYPE)).toBe(404);
  expect(refused).toHaveLength(6);
  expect(collector.exports).toEqual([]);
});

test('does not start if its exporter would export to it', () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4318');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(() => startTelemetry({ traces: ['otlp'], inputs: { otlp: true }, handleSignals: false })).toThrow(
    'Invalid inputs.otlp.port: 4318. Allowed: a port to which no OTLP exporter exports',
  );
});

test('sends again until the collector takes it, and refuses requests while too much waits', async () => {
  let isUp = false;
  const forwarded = new Set<string | undefined>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // A slow machine may repeat a request whose answer came late.
    if (isUp) forwarded.add(spansOf(Buffer.concat(chunks))[0]?.correlationId);
    response.writeHead(isUp ? 200 : 503).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200');
  const { post, telemetry } = await startOtlp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const large = (number: number) => requestOf(`a${'x'.repeat(3_000_000)}`, `sp-${number}`);
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429)
    statuses.push((await post('/v1/traces', large(statuses.length), PROTOBUF)).status);
  const accepted = statuses.filter((status) => status === 200).length;
  expect(accepted).toBeGreaterThanOrEqual(10);
  expect(accepted).toBeLessThan(14);
  isUp = true;
  await telemetry.forceFlush();
  await eventually(() => expect(forwarded.size).toBe(accepted));
  expect((await post('/v1/traces', large(0), PROTOBUF)).status).toBe(200);
});

test.each(['events first', 'OTLP first'])(
  'a call that events and OTLP report has one span: %s',
  async (order) => {
    const collector = await httpReceiver();
    const { post, telemetry } = await startOtlp(collector.endpoint);
    const metadata = { correlation_id: 'sp-1', worker_id: 'w', command: 'a' };
    const byEvents = () => {
      execute(
        'snakepit.grpc_worker.execute.start',
        { system_time: 1_795_695_387_655_412_000, monotonic_time: 0 },
        metadata,
      );
      execute(
        'snakepit.grpc_worker.execute.stop',
        { duration: 1000, monotonic_time: 0, duration_ms: 0, executions: 1 },
        { ...metadata, status: 'ok' },
      );
    };
    const byOtlp = () => post('/v1/traces', requestOf('snakepit.grpc.execute.a', 'sp-1'), PROTOBUF);
    if (order === 'events first') byEvents();
    await byOtlp();
    if (order === 'OTLP first') byEvents();
    await post('/v1/traces', requestOf('BridgeService/ExecuteTool', 'sp-1', 2), PROTOBUF);
    await telemetry.forceFlush();
    await eventually(() => expect(collector.exports.flatMap(({ body }) => spansOf(body))).toHaveLength(2));
    const spans = collector.exports.flatMap(({ body }) => spansOf(body));
    const python = spans.find(({ name }) => name === 'BridgeService/ExecuteTool');
    const call = spans.find((span) => span !== python);
    expect(call?.name).toBe(
      order === 'events first' ? 'snakepit.grpc_worker.execute' : 'snakepit.grpc.execute.a',
    );
    expect(python).toMatchObject({ traceId: call?.traceId, parentId: call?.spanId });
  },
);
