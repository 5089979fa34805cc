// Runs the built agent against real faults.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ChildResult, runNode } from '../../../test/helpers/child.js';
import { freePort } from '../../../test/helpers/free-port.js';
import { httpReceiver } from '../../../test/helpers/otlp-receiver.js';
import { takeDefaultPort } from '../helpers/default-port.js';
import { eventually, temporaryFolder } from '../helpers/inputs.js';

const AGENT = 'snakepit-otel/dist/command/main.cjs';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Environment of an agent without inputs, on a free port. */
const quiet = async (env: Record<string, string> = {}) => ({
  SNAKEPIT_OTEL_INPUTS: 'none',
  OTEL_EXPORTER_PROMETHEUS_PORT: await freePort(),
  ...env,
});

const lines = (text: string) => text.split('\n').filter((line) => line !== '');
const records = ({ stdout, stderr }: ChildResult) =>
  [...lines(stdout), ...lines(stderr)].map((line) => JSON.parse(line) as Record<string, unknown>);

test('the start line names version, host, GPUs, inputs, exporters and the health pages', async () => {
  const path = join(await temporaryFolder(), 'events.sock');
  const file = join(await temporaryFolder(), 'agent.yaml');
  const [port, http] = [await freePort(), await freePort()];
  writeFileSync(
    file,
    JSON.stringify({
      file_format: '1.0',
      meter_provider: {
        readers: [
          { pull: { exporter: { 'prometheus/development': { port: Number(port) } } } },
          { periodic: { exporter: { otlp_http: { endpoint: 'http://me:secret@127.0.0.1:9/v1/metrics' } } } },
        ],
      },
      'instrumentation/development': {
        js: { snakepit: { inputs: { unix: { path }, http: { port: Number(http) }, tcp: { port: 0 } } } },
      },
    }),
  );
  const result = await runNode([AGENT, '--config', file, '--for', '0s', '--log-format', 'json']);
  expect(result.code).toBe(0);
  expect(JSON.parse(result.stdout)).toEqual({
    timestamp: expect.stringMatching(TIME),
    level: 'info',
    message: 'snakepit-otel started',
    version: '0.1.0',
    host: expect.stringMatching(/^\S+, .*, accelerator \w+$/),
    gpus: expect.any(Array),
    inputs: [
      `unix ${path}`,
      expect.stringMatching(/^tcp tcp:\/\/127\.0\.0\.1:[1-9]\d+$/),
      `http http://127.0.0.1:${http}/v1/events`,
    ],
    exporters: [
      `metrics prometheus http://127.0.0.1:${port}/metrics`,
      'metrics otlp http://127.0.0.1:9/v1/metrics',
    ],
    health: `http://127.0.0.1:${port}/healthz, /readyz`,
  });
  expect(result.stdout + result.stderr).not.toContain('secret');
});

test('as text, the start line has time, level, message and fields', async () => {
  const { stdout, stderr } = await runNode([AGENT, '--for', '0s'], { env: await quiet() });
  expect(lines(stdout)).toHaveLength(1);
  expect(stdout).toMatch(
    /^\S+Z INFO {2}snakepit-otel started version=0\.1\.0 host="[^"]+" gpus=.* exporters="metrics pro/,
  );
  expect(stderr).toBe('');
});

test('a dead collector costs one line for all signals, and one when it works again', async () => {
  const port = Number(await freePort());
  const env = await quiet({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://me:secret@127.0.0.1:${port}`,
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_METRIC_EXPORT_TIMEOUT: '500',
  });
  const server = createServer((request, response) => {
    request.resume();
    response.end();
  });
  onTestFinished(() => void server.close());
  const result = await runNode([AGENT, '--log-format', 'json'], {
    env,
    onOutput: (_, child) => {
      let errors = '';
      child.stderr?.on('data', (chunk) => {
        errors += chunk;
      });
      const end = () => void child.kill('SIGTERM');
      eventually(() => expect(errors).toContain('exporter fails'))
        .then(() => void server.listen(port, '127.0.0.1'))
        .then(() => eventually(() => expect(errors).toContain('works again')))
        .then(end, end);
    },
  });
  const [failed, recovered, ...rest] = records({ ...result, stdout: '' });
  expect(failed).toEqual({
    timestamp: expect.stringMatching(TIME),
    level: 'warn',
    message: 'exporter fails',
    exporter: 'otlp',
    signals: expect.arrayContaining(['metrics']),
    address: `http://127.0.0.1:${port}`,
    error: 'connection refused: nothing listens there (ECONNREFUSED)',
  });
  expect(recovered).toEqual({
    timestamp: expect.stringMatching(TIME),
    level: 'info',
    message: 'exporter works again',
    exporter: 'otlp',
    address: `http://127.0.0.1:${port}`,
    after: expect.stringMatching(/^\d+s$/),
  });
  expect(rest.map(({ message }) => message)).not.toContain('exporter fails');
  expect(result).toMatchObject({ code: 0 });
  expect(result.stderr).not.toContain('secret');
});

test('a port that is taken ends the agent with 1 and one line that names the remedy', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const env = { SNAKEPIT_OTEL_INPUTS: 'none' };
  const text = await runNode([AGENT, '--port', String(port)], { env });
  expect(text).toMatchObject({ code: 1, stdout: '' });
  expect(text.stderr).toBe(
    `snakepit-otel: Cannot serve metrics on 127.0.0.1:${port} (EADDRINUSE). Set another port with prometheus.port, OTEL_EXPORTER_PROMETHEUS_PORT or --port of the agent.\n`,
  );
  const json = await runNode([AGENT, '--port', String(port), '--log-format', 'json'], { env });
  expect(json.code).toBe(1);
  expect(records(json)).toEqual([
    expect.objectContaining({ level: 'error', message: expect.stringContaining('EADDRINUSE') }),
  ]);
});

test('a socket directory that cannot be written costs one line, and the input is shown as failed', async () => {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const path = join(folder, 'file', 'events.sock');
  const { code, stdout, stderr } = await runNode([
    AGENT,
    '--config',
    await fileWith({ unix: { path } }),
    '--for',
    '0s',
  ]);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(lines(stderr)).toEqual([
    expect.stringMatching(
      /^snakepit-otel: Cannot receive events on .*events\.sock \(unix: E\w+\)\. Set inputs\.unix\.path/,
    ),
  ]);
});

async function fileWith(inputs: object): Promise<string> {
  const file = join(await temporaryFolder(), 'agent.yaml');
  const js = { snakepit: { inputs: { unix: false, http: false, ...inputs } } };
  const logger_provider = { processors: [{ simple: { exporter: { console: {} } } }] };
  writeFileSync(
    file,
    JSON.stringify({ file_format: '1.0', logger_provider, 'instrumentation/development': { js } }),
  );
  return file;
}

test('a GPU source that is selected and missing costs one line with its remedy', async () => {
  const env = await quiet({ SNAKEPIT_OTEL_GPU_SOURCE: 'nvidia-smi', PATH: '/nonexistent' });
  const result = await runNode([AGENT, '--for', '0s', '--log-format', 'json'], { env });
  expect(records({ ...result, stdout: '' })).toEqual([
    {
      timestamp: expect.any(String),
      level: 'warn',
      message: 'the GPU source cannot be read',
      source: 'nvidia-smi',
      cause: 'nvidia-smi was not found',
      remedy: expect.stringContaining('install the NVIDIA driver'),
    },
  ]);
});

test('a variable that is almost one of OpenTelemetry is named with the right one', async () => {
  const env = await quiet({ OTEL_METRIC_EXPORTER: 'none', OTEL_PYTHON_LOG_LEVEL: 'info' });
  const { stderr } = await runNode([AGENT, '--for', '0s'], { env });
  expect(lines(stderr)).toEqual([
    expect.stringMatching(
      / WARN {2}OTEL_METRIC_EXPORTER has no effect: not a variable\. Did you mean OTEL_METRICS_EXPORTER\?$/,
    ),
  ]);
});

test('--log-level warn hides the recovery, and none hides all', async () => {
  const env = await quiet({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const { code, stderr } = await runNode([AGENT, '--for', '1s', '--log-level', 'none'], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('the log carries no control characters and no secrets of a collector', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(418, 'password=hunter2').end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const env = await quiet({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  const { stderr } = await runNode([AGENT, '--for', '1s'], { env });
  expect(stderr).toContain('HTTP 418');
  expect(stderr).not.toContain('hunter2');
});

test.each(['/healthz', '/readyz'])('%s answers 200 beside /metrics while all is well', async (path) => {
  const collector = await httpReceiver();
  const env = await quiet({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  const { status, body } = await pageOf(path, env);
  expect(status).toBe(200);
  if (path === '/healthz') expect(body).toEqual({ event_loop_lag_seconds: expect.any(Number) });
  else {
    expect(body).toMatchObject({
      ready: true,
      version: '0.1.0',
      inputs: [],
      workers: [],
      relay: 'ok',
      exporters: expect.arrayContaining([
        expect.objectContaining({ exporter: 'otlp', signal: 'logs' }),
        expect.objectContaining({ exporter: 'prometheus', state: 'waiting' }),
      ]),
    });
  }
});

test('/readyz answers 503 and names the exporter that fails, and /healthz still 200', async () => {
  const env = await quiet({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
  const { status, body } = await pageOf('/readyz', env, 503);
  expect(status).toBe(503);
  expect(body).toMatchObject({
    ready: false,
    exporters: expect.arrayContaining([
      expect.objectContaining({ state: 'failing', lastError: expect.stringContaining('connection refused') }),
    ]),
  });
});

test('/readyz answers 503 if an input does not listen', async () => {
  // Defaults have no other addresses: another agent has the port of HTTP.
  await takeDefaultPort();
  const { status, body } = await pageOf('/readyz', { OTEL_EXPORTER_PROMETHEUS_PORT: await freePort() }, 503);
  expect(status).toBe(503);
  expect(body).toMatchObject({
    ready: false,
    inputs: expect.arrayContaining([
      expect.objectContaining({
        input: 'http',
        state: 'failed',
        error: expect.stringContaining('EADDRINUSE'),
      }),
    ]),
  });
});

test('without a Prometheus endpoint, the pages are served if a port is set', async () => {
  const env = await quiet({ OTEL_METRICS_EXPORTER: 'none' });
  expect(await pageOf('/healthz', env)).toMatchObject({ status: 200 });
});

/** Returns the answer of a page of a running agent, once its status is `status`. */
async function pageOf(path: string, env: Record<string, string>, status = 200) {
  const url = `http://127.0.0.1:${env.OTEL_EXPORTER_PROMETHEUS_PORT}${path}`;
  let answer = { status: 0, body: {} as unknown };
  await runNode([AGENT], {
    env,
    onOutput: (_, child) => {
      const end = () => void child.kill('SIGTERM');
      eventually(async () => {
        const response = await fetch(url);
        answer = { status: response.status, body: await response.json() };
        expect(response.status).toBe(status);
      }).then(end, end);
    },
  });
  return answer;
}

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s that comes before the agent is loaded ends it in order',
  async (signal) => {
    const signalBeforeAgent = `data:text/javascript,
      import Module from 'node:module';
      const load = Module._load;
      Module._load = (request, ...others) => {
        if (request === './agent.cjs') process.kill(process.pid, '${signal}');
        return load(request, ...others);
      };`;
    const result = await runNode(['--import', signalBeforeAgent, AGENT], { env: await quiet() });
    expect(result).toMatchObject({ code: 0, signal: null, stderr: '' });
  },
);

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'at %s, spans that were received and cannot be forwarded are counted once, and the agent ends',
  async (signal) => {
    const file = join(await temporaryFolder(), 'agent.yaml');
    const [collector, port] = [await freePort(), await freePort()];
    const endpoint = `http://127.0.0.1:${collector}/v1/traces`;
    const settings = {
      file_format: '1.0',
      tracer_provider: { processors: [{ batch: { exporter: { otlp_http: { endpoint } } } }] },
      'instrumentation/development': {
        js: { snakepit: { gpu: false, inputs: { otlp: { port: Number(port) } } } },
      },
    };
    writeFileSync(file, JSON.stringify(settings));
    const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'a' };
    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array(1000).fill(span) }] }] });
    const headers = { 'content-type': 'application/json' };
    let signaledAt = 0;
    const result = await runNode([AGENT, '--config', file], {
      onOutput: (_output, child) => {
        const end = () => {
          signaledAt = performance.now();
          child.kill(signal);
        };
        fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body }).then(end, end);
      },
    });
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/lost 100[01] spans/);
    expect(performance.now() - signaledAt).toBeLessThan(6000);
  },
);
