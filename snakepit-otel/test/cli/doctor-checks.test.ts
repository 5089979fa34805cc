// Runs the built command beside real agents, collectors and other programs.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fakeKubelet, fakePod } from '../../../test/fakes/kubelet.js';
import { runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { grpcReceiver, httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import type { Check, Checks } from '../../src/cli/check.js';
import { checkLines } from '../../src/cli/check-lines.js';
import { eventually, temporaryFolder } from '../helpers/inputs.js';

const COMMAND = 'snakepit-otel/dist/command/main.cjs';

async function doctor(
  env: Record<string, string>,
  ...args: string[]
): Promise<Checks & { readonly code: number | null }> {
  const { stdout, stderr, code } = await runNode([COMMAND, 'doctor', '--json', ...args], {
    // A file names its inputs itself.
    env: {
      ...(args.length === 0 && { SNAKEPIT_OTEL_INPUTS: 'none' }),
      OTEL_METRICS_EXPORTER: 'none',
      ...env,
    },
  });
  expect(stderr).toBe('');
  return { code, ...JSON.parse(stdout) };
}

/** Writes a file with inputs and a page for Prometheus. */
async function fileWith(inputs: object, port: string): Promise<string> {
  const file = join(await temporaryFolder(), 'agent.yaml');
  const exporter = { 'prometheus/development': { port: Number(port) } };
  writeFileSync(
    file,
    JSON.stringify({
      file_format: '1.0',
      meter_provider: { readers: [{ pull: { exporter } }] },
      'instrumentation/development': {
        js: { snakepit: { inputs: { unix: false, http: false, ...inputs } } },
      },
    }),
  );
  return file;
}

/** A file with every input that can be probed, and tokens. */
async function everyInput() {
  const folder = await temporaryFolder();
  const token_file = join(folder, 'token');
  writeFileSync(token_file, 'a-token-of-the-test-0123456789\n');
  const [port, http, tcp] = [await freePort(), await freePort(), await freePort()];
  const inputs = {
    unix: { path: join(folder, 'events.sock') },
    http: { port: Number(http), token_file },
    tcp: { port: Number(tcp), token_file },
  };
  return { file: await fileWith(inputs, port), port };
}

const details = (checks: readonly Check[]) =>
  checks.map(({ name, detail }) => `${name}: ${detail}`).toSorted();

test('a line goes through every input of a running agent, and makes no telemetry', async () => {
  const { file, port } = await everyInput();
  let checks: Checks | undefined;
  let page = '';
  await runNode([COMMAND, '--config', file], {
    onOutput: (_, child) => {
      const end = () => void child.kill('SIGTERM');
      doctor({}, '--config', file)
        .then(async (result) => {
          checks = result;
          page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
        })
        .then(end, end);
    },
  });
  expect(details(checks?.inputs ?? [])).toEqual([
    'input http: a line arrived at the running agent',
    'input tcp: a line arrived at the running agent',
    'input unix: a line arrived at the running agent',
  ]);
  expect(details(checks?.exporters ?? [])).toEqual(['metrics prometheus: is served by the running agent']);
  expect(checks?.agent).toMatchObject({ version: '0.1.0', relay: 'ok', workers: [] });
  expect(page).toContain('target_info');
  expect(page).not.toMatch(/events_(?:accepted|refused)_total\{/);
});

test('without an agent, the line goes through a listener of the doctor', async () => {
  const { file } = await everyInput();
  const { inputs, exporters, agent } = await doctor({}, '--config', file);
  expect(details(inputs)).toEqual([
    'input http: no agent runs; a line arrived at a listener of the doctor',
    'input tcp: no agent runs; a line arrived at a listener of the doctor',
    'input unix: no agent runs; a line arrived at a listener of the doctor',
  ]);
  expect(details(exporters)).toEqual(['metrics prometheus: no agent runs; the address is free']);
  expect(agent).toBeUndefined();
});

test('a socket that cannot be created and a port of another program are named with a remedy', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const other = createServer((_, response) => void response.writeHead(404).end('nothing here'));
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const inputs = { unix: { path: join(folder, 'file', 'events.sock') }, http: { port } };
  const {
    code,
    inputs: checks,
    exporters,
  } = await doctor({}, '--config', await fileWith(inputs, String(port)));
  expect(code).toBe(1);
  expect(checks).toEqual([
    expect.objectContaining({
      name: 'input unix',
      ok: false,
      problem: {
        cause: expect.stringMatching(/^Cannot receive events on .* \(unix: E\w+\)\.$/),
        remedy: expect.stringMatching(/^Set inputs\.unix\.path/),
      },
    }),
    expect.objectContaining({
      name: 'input http',
      ok: false,
      problem: { cause: 'it answers HTTP 404: nothing here', remedy: 'check which process listens there' },
    }),
  ]);
  expect(exporters).toEqual([
    expect.objectContaining({
      ok: false,
      problem: {
        cause: 'another program has the port (EADDRINUSE)',
        remedy: 'set another address with --host and --port',
      },
    }),
  ]);
});

test('a program that listens and never answers is named', async () => {
  const silent = createTcpServer((socket) => void socket.on('error', () => {}).unref());
  await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  const { inputs } = await doctor({}, '--config', await fileWith({ tcp: { port } }, await freePort()));
  expect(inputs).toMatchObject([{ ok: false, problem: { cause: 'nobody has answered the line' } }]);
});

test.each([
  ['http/protobuf', httpReceiver],
  ['grpc', grpcReceiver],
] as const)('each exporter over %s is reached with an empty export', async (protocol, receiver) => {
  const collector = await receiver();
  const { exporters } = await doctor({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_METRICS_EXPORTER: 'otlp',
  });
  expect(details(exporters)).toEqual(
    ['logs', 'metrics', 'traces'].map((signal) => `${signal} otlp: accepts an empty export`),
  );
  expect(collector.exports.map(({ signal }) => signal).toSorted()).toEqual(['logs', 'metrics', 'traces']);
});

test.each([
  [
    'refuses connections',
    'http://127.0.0.1:9',
    /^connection refused/,
    /start a collector, or correct the endpoint/,
  ],
  ['has no DNS name', 'http://collector.invalid:4318', /DNS/, /./],
  [
    'wants credentials',
    401,
    /^the credentials are missing or wrong \(HTTP 401\)$/,
    /OTEL_EXPORTER_OTLP_HEADERS/,
  ],
  ['has another path', 404, /no such path/, /base URL/],
])('an exporter whose collector %s is named with cause and remedy', async (_, given, cause, remedy) => {
  const endpoint = typeof given === 'string' ? given : await answering(given);
  const { code, exporters } = await doctor({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  expect(code).toBe(1);
  expect(exporters).toHaveLength(2);
  for (const each of exporters) {
    expect(each).toMatchObject({ ok: false, isConfigured: true });
    expect(each.problem?.cause).toMatch(cause);
    expect(each.problem?.remedy).toMatch(remedy);
  }
});

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

test('the lines for people have a mark, the cause and the remedy of each check, and the cure of the relay', () => {
  const agent = {
    ready: true,
    version: '0.1.0',
    inputs: [],
    exporters: [],
    workers: [{ worker: 'default_worker_1', pool: 'default', state: 'ready' as const, lastEvent: 1 }],
    relay: 'ended' as const,
  };
  const exporters = [
    {
      name: 'traces otlp',
      address: 'http://a',
      ok: false,
      isConfigured: true,
      problem: { cause: 'c', remedy: 'r' },
    },
    { name: 'metrics prometheus', ok: false, isConfigured: false, problem: { cause: 'taken' } },
  ];
  expect(checkLines({ inputs: [], exporters, agent })).toEqual([
    'Inputs: none',
    'Exporters:',
    '✗ traces otlp  http://a',
    '    cause: c',
    '    remedy: r',
    '! metrics prometheus',
    '    cause: taken',
    'Agent: version 0.1.0 runs.',
    '  worker default_worker_1 of default: ready',
    '✗ relay of Python events',
    expect.stringContaining('no events of Python came for 60 s'),
    expect.stringContaining('config :snakepit, grpc_stream_open_timeout_ms: 4_000_000_000'),
  ]);
});

test('the workers whose events an agent receives are shown', async () => {
  const { file, port } = await everyInput();
  let checks: Checks | undefined;
  await runNode([COMMAND, '--config', file], {
    onOutput: (_, child) => {
      const end = () => void child.kill('SIGTERM');
      eventually(async () => {
        expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
      })
        .then(() => sendWorker(file))
        .then(async () => {
          checks = await doctor({}, '--config', file);
        })
        .then(end, end);
    },
  });
  expect(checks?.agent?.workers).toEqual([
    { worker: 'default_worker_1_690', pool: 'default', state: 'ready', lastEvent: expect.any(Number) },
  ]);
});

/** Sends an event of a worker to the agent of a file. */
async function sendWorker(file: string): Promise<void> {
  const { http } = JSON.parse(readFileSync(file, 'utf8'))['instrumentation/development'].js.snakepit.inputs;
  const event = {
    event: 'snakepit.pool.worker_ready',
    measurements: { worker_count: 1, count: 1 },
    metadata: { pool_name: 'default', worker_id: 'default_worker_1_690' },
  };
  const response = await fetch(`http://127.0.0.1:${http.port}/v1/events`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-ndjson',
      authorization: `Bearer ${readFileSync(http.token_file, 'utf8').trim()}`,
    },
    body: `${JSON.stringify(event)}\n`,
  });
  expect(await response.json()).toMatchObject({ accepted: 1 });
}

test('counts the pods that hold GPUs, and names cause and remedy if the kubelet cannot be asked', async () => {
  const kubelet = await fakeKubelet([
    fakePod('a', 'nvidia.com/gpu', 'GPU-1', 'GPU-2'),
    fakePod('b', 'nvidia.com/gpu', 'GPU-3'),
    fakePod('c', 'rdma/hca', 'mlx5_0'),
  ]);
  onTestFinished(() => kubelet.remove());
  const podsAt = async (socket: string, env = {}) =>
    (await doctor({ SNAKEPIT_OTEL_KUBELET_SOCKET: socket, ...env })).pods;
  expect(await podsAt(kubelet.socket)).toEqual({
    name: 'pods of GPUs',
    address: kubelet.socket,
    isConfigured: true,
    ok: true,
    detail: '2 pods hold GPUs',
  });
  kubelet.fail();
  expect(await podsAt(kubelet.socket)).toMatchObject({
    ok: false,
    problem: { cause: expect.stringContaining('RESOURCE_EXHAUSTED'), remedy: expect.any(String) },
  });
  await kubelet.stop();
  const missing = (await podsAt(kubelet.socket)) as Check;
  expect(missing).toMatchObject({
    ok: false,
    problem: { cause: 'there is no socket', remedy: expect.stringContaining('pod-resources') },
  });
  expect(checkLines({ inputs: [], exporters: [], pods: missing })).toContain('    cause: there is no socket');
  expect(await podsAt('none')).toBeUndefined();
});
