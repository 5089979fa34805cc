// Each host is a separate process that uses the built packages.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runModule } from '../../../test/helpers/child.js';
import { FAULTY_COLLECTORS } from '../../../test/helpers/faulty-collector.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { grpcReceiver, httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import { lengthField } from '../../src/inputs/protobuf.js';

const HOST = `
  import { setTimeout as delay } from 'node:timers/promises';
  import { span } from 'opentelemetry-instrumentation-snakepit';
  import { startWithDefaults } from './snakepit-otel/dist/esm/sdk/start.js';
  import { partsOf } from './snakepit-otel/dist/esm/sdk/telemetry.js';
  const work = () => span('myapp.operation', {}, () => 1);
  const start = (options) => {
    const telemetry = startWithDefaults({ traces: [], metrics: [], logs: [], ...options });
    const { deliveries } = partsOf(telemetry);
    const until = async (check) => {
      for (let i = 0; i < 2000 && !deliveries.list().some(check); i++) await delay(10);
    };
    const print = () => console.log(JSON.stringify(deliveries.list()));
    return { telemetry, deliveries, until, print };
  };
`;
async function listOf(program: string) {
  const { stdout } = await runModule(`${HOST}\n${program}\nprocess.exit();`);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Starts a server that answers every request with a status. */
async function answering(status: number): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const traces = (endpoint: string, protocol = 'http/protobuf') =>
  JSON.stringify({ traces: ['otlp'], otlp: { endpoint, protocol } });

test.each([
  ['http/protobuf', httpReceiver, '/v1/traces'],
  ['grpc', grpcReceiver, ''],
] as const)('an exporter over %s waits, and is ok once spans arrived', async (protocol, receiver, path) => {
  const { endpoint } = await receiver();
  const [before, queued, after] = await listOf(`
    const { telemetry, print } = start(${traces(endpoint, protocol)});
    print();
    work(); work();
    print();
    await telemetry.forceFlush();
    print();`);
  const address = path === '' ? endpoint.replace('http://', '') : `${endpoint}${path}`;
  const common = { exporter: 'otlp', signal: 'traces', address, lost: 0 };
  expect(before).toEqual([{ ...common, state: 'waiting', sent: 0, queued: 0 }]);
  expect(queued).toEqual([{ ...common, state: 'waiting', sent: 0, queued: 2 }]);
  expect(after).toEqual([{ ...common, state: 'ok', sent: 2, queued: 0, lastSuccess: expect.any(Number) }]);
});

test.each<[string, () => Promise<string>, RegExp]>([
  ['refuses connections', FAULTY_COLLECTORS.refused, /^connection refused: nothing listens there \(ECONNREF/],
  ['has no DNS name', FAULTY_COLLECTORS.nameless, /DNS.* \((ENOTFOUND|EAI_AGAIN)\)$/],
  ['answers 503', FAULTY_COLLECTORS.unavailable, /^the collector does not accept more now/],
  ['wants credentials', () => answering(401), /^the credentials are missing or wrong \(HTTP 401\)$/],
  ['has no such path', () => answering(404), /^the collector has no such path \(HTTP 404\)$/],
  ['answers 418', () => answering(418), /^HTTP 418: /],
])('a collector that %s is named in plain words before retries end', async (_, collector, words) => {
  const [list] = await listOf(`
    const { telemetry, until, print } = start(${traces(await collector())});
    work();
    telemetry.forceFlush();
    await until(({ state }) => state === 'failing');
    print();`);
  expect(list).toEqual([
    expect.objectContaining({ state: 'failing', sent: 0, lastError: expect.stringMatching(words) }),
  ]);
});

test('a collector that never answers is named at the limit of a flush, with what was lost', async () => {
  const [list] = await listOf(`
    const { telemetry, print } = start(${traces(await FAULTY_COLLECTORS.hanging())});
    work();
    await telemetry.forceFlush();
    print();`);
  expect(list).toMatchObject([
    { state: 'failing', lost: 1, queued: 0, lastError: expect.stringContaining('no answer in time') },
  ]);
});

test('login and query of an endpoint are not shown', async () => {
  const [list] = await listOf(`start(${traces('http://me:secret@127.0.0.1:9/base')}).print();`);
  expect(list[0].address).toBe('http://127.0.0.1:9/base/v1/traces');
});

test('a change of state is reported at once, and every exporter in the order of the configuration', async () => {
  const { endpoint } = await httpReceiver();
  const port = await freePort();
  const reports = await listOf(`
    const { telemetry, deliveries, print, until } = start({ traces: ['console'], metrics: ['prometheus', 'otlp'],
      otlp: { endpoint: ${JSON.stringify(endpoint)} }, prometheus: { port: ${port} } });
    console.log = () => {};
    console.dir = () => {};
    const states = [];
    deliveries.onChange(({ exporter, state }) => states.push(exporter + ' ' + state));
    await telemetry.ready;
    work();
    await fetch('http://127.0.0.1:${port}/metrics').then((response) => response.text());
    await telemetry.forceFlush();
    await until(({ exporter, state }) => exporter === 'prometheus' && state === 'ok');
    process.stdout.write(JSON.stringify(states.toSorted()) + '\\n' + JSON.stringify(deliveries.list()) + '\\n');`);
  expect(reports[0]).toEqual(['console ok', 'otlp ok', 'prometheus ok']);
  expect(reports[1]).toEqual([
    expect.objectContaining({ exporter: 'console', signal: 'traces', sent: 1 }),
    expect.objectContaining({
      exporter: 'prometheus',
      signal: 'metrics',
      address: `http://127.0.0.1:${port}/metrics`,
      sent: 1,
    }),
    expect.objectContaining({ exporter: 'otlp', signal: 'metrics', address: `${endpoint}/v1/metrics` }),
  ]);
});

/** Answer of a collector that accepts a request but rejects 2 of its items. */
const PARTIAL = lengthField(
  1,
  Buffer.concat([Buffer.from([0x08, 2]), lengthField(2, Buffer.from('too\nlarge'))]),
);
const JSON_PARTIAL = JSON.stringify({ partialSuccess: { rejectedSpans: '2', errorMessage: 'too\nlarge' } });
const REJECTED = 'the collector rejected 2 spans: too large';

test.each([
  ['http/protobuf', () => httpReceiver(0, PARTIAL)],
  ['http/json', () => httpReceiver(0, JSON_PARTIAL)],
  ['grpc', () => grpcReceiver(0, PARTIAL)],
] as const)(
  'spans that a collector rejects, over %s, are lost',
  { tags: ['H38'] },
  async (protocol, receiver) => {
    const { endpoint } = await receiver();
    const { stdout, stderr } = await runModule(`${HOST}
    const { telemetry, print } = start(${traces(endpoint, protocol)});
    work(); work(); work();
    await telemetry.forceFlush();
    print();
    work();
    await telemetry.forceFlush();
    print();
    work(); work(); work();
    await telemetry.shutdown();`);
    const [partly, all] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text)[0]);
    expect(partly).toMatchObject({ state: 'ok', sent: 1, lost: 2, lastError: REJECTED });
    // No more than were sent.
    const lastError = 'the collector rejected 1 span: too large';
    expect(all).toMatchObject({ state: 'failing', sent: 1, lost: 3, lastError });
    expect(stderr).toContain(`lost 5 spans (${REJECTED}). See the log`);
  },
);

test.each([
  ['http/protobuf', () => httpReceiver(0, PARTIAL)],
  ['grpc', () => grpcReceiver(0, PARTIAL)],
] as const)(
  'spans that a collector rejects at the exit, over %s, are lost',
  { tags: ['H38'] },
  async (protocol, receiver) => {
    const { endpoint } = await receiver();
    const { stderr } = await runModule(`${HOST}
    start({ ...${traces(endpoint, protocol)}, handleSignals: true });
    work(); work(); work();
    // The headers of the exporter are known in the next turn.
    await delay(1);
    process.exit();`);
    expect(stderr).toContain(`lost 2 spans (${REJECTED}). See the log`);
  },
);

test('spans that a full queue does not take are lost', async () => {
  const [list] = await listOf(`
    const { print } = start({ traces: ['otlp'], otlp: { endpoint: 'http://127.0.0.1:9' },
      spanBatch: { maxQueueSize: 2, maxExportBatchSize: 1, scheduledDelayMs: 60_000 } });
    for (let i = 0; i < 5; i++) work();
    print();`);
  expect(list[0]).toMatchObject({ lost: expect.any(Number) });
  expect(list[0].lost).toBeGreaterThan(0);
});
