// A Node host calls a real Python worker, which has OpenTelemetry's SDK and the habits of Snakepit's workers. The agent receives the OTLP of
// both, the events of the worker's stream, and lines about a call of Elixir: each request is one trace in real Jaeger.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connect, executeTool } from '../../examples/python-workers/grpc.mjs';
import { freePorts } from '../../scripts/backends/ports.mjs';
import { installPythonPackages } from '../../scripts/backends/python/packages.mjs';
import { correlationIds } from '../../src/common/correlation-ids.js';
import { fakeNvidiaSmi } from '../fakes/nvidia-smi.js';
import { eventually, parentId, runningBackends, skippedIfUnavailable, tag } from '../helpers/backends.js';
import { runModule, runNode } from '../helpers/child.js';
import { fixturePath } from '../helpers/fixtures.js';

const PYTHONPATH = await skippedIfUnavailable(installPythonPackages, '');
const { backends, folder, trace } = await runningBackends();
const ports = await freePorts({ worker: 0, otlp: 0, events: 0, metrics: 0 });
const address = `127.0.0.1:${ports.worker}`;

/** Requests of the host: the tools that it calls. */
const TOOLS = ['embed', 'telemetry_demo', 'fail', 'send_values'];
/** Correlation id of a request of Elixir. */
const CALL = 'sp-0123456789abcdef01234567';
/** Events that a worker keeps. */
const BUFFER = 1024;

const GPU = readFileSync(fixturePath('written-one-h100-550.csv'), 'utf8');
const GPU_UUID = 'GPU-11111111-1111-1111-1111-111111111111';
/** Largest memory in use while a tool runs, MiB. */
const PEAK_MB = 42_000;
const nvidiaSmi = await fakeNvidiaSmi();

/** Traces of the requests of the host. */
let traceIds: Record<string, string> = {};
const started: ChildProcess[] = [];
let agent: Promise<unknown> = Promise.resolve();

beforeAll(async () => {
  if (backends === undefined || PYTHONPATH === '') return;
  await printGpu(40_000);
  const worker = startWorker();
  const client = await connect(address);
  // Nobody reads the events yet.
  await executeTool(client, 'emit_many', {});
  await startAgent();
  await vi.waitFor(async () => expect(await accepted()).toBe(BUFFER), eventually);
  traceIds = await callTools();
  await useGpu(client);
  await callFromElixir(client);
  await executeTool(client, 'leave', {}).catch(() => {});
  await once(worker, 'exit');
  client.close();
});

afterAll(async () => {
  for (const child of started) child.kill('SIGTERM');
  await agent;
  await nvidiaSmi.remove();
});

/** Prints the GPU of the host with some memory in use. */
const printGpu = (usedMb: number) => nvidiaSmi.printsTable(GPU.replace(', 40000,', `, ${usedMb},`));

/** Runs tools while the GPU is read. The last readings show the largest memory. */
async function useGpu(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const calls = ['train', 'diverge'].map((tool) =>
    executeTool(client, tool, { 'x-snakepit-correlation-id': `sp-${tool}` }),
  );
  for (const usedMb of [41_000, PEAK_MB]) {
    await printGpu(usedMb);
    await vi.waitFor(async () => expect(await total('snakepit_gpu_memory_used_mb')).toBe(usedMb), eventually);
  }
  await writeFile(join(folder, 'finish'), '');
  await Promise.all(calls);
}

/** Starts a worker. It exports its spans to the agent. */
function startWorker(): ChildProcess {
  const script = 'examples/python-workers/worker.py';
  const worker = spawn('python3', [script, '--port', `${ports.worker}`, '--adapter', 'habits'], {
    env: {
      ...process.env,
      PYTHONPATH: `${PYTHONPATH}:test/fixtures/python-worker`,
      PYTHONDONTWRITEBYTECODE: '1',
      SNAKEPIT_OTEL_ENDPOINT: `http://127.0.0.1:${ports.otlp}/v1/traces`,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_RESOURCE_ATTRIBUTES: `snakepit.device=${GPU_UUID}`,
      FINISH: join(folder, 'finish'),
    },
  });
  started.push(worker);
  return worker;
}

async function startAgent(): Promise<void> {
  const file = join(folder, 'agent.yaml');
  const otlp_http = { endpoint: `http://127.0.0.1:${backends?.ports.otlpHttp}/v1/traces` };
  const inputs = {
    unix: false,
    http: { port: ports.events },
    otlp: { port: ports.otlp },
    workers: [{ address, pool: 'default', exclusive: true }],
  };
  const gpu = { interval: '100ms', source: 'nvidia-smi', nvidia_smi: nvidiaSmi.path };
  const pull = { exporter: { 'prometheus/development': { host: '127.0.0.1', port: ports.metrics } } };
  const configuration = {
    file_format: '1.0',
    tracer_provider: { processors: [{ batch: { schedule_delay: 100, exporter: { otlp_http } } }] },
    meter_provider: { readers: [{ pull }] },
    'instrumentation/development': { js: { snakepit: { inputs, gpu } } },
  };
  await writeFile(file, JSON.stringify(configuration));
  await new Promise<void>((resolve) => {
    agent = runNode(['snakepit-otel/dist/esm/cli/main.js', 'agent', '--config', file], {
      onOutput: (_output, child) => {
        started.push(child);
        resolve();
      },
    });
    void agent.then(() => resolve());
  });
}

/** Runs the host, which calls each tool in a span. Returns the ids of the traces. */
async function callTools(): Promise<Record<string, string>> {
  const { stdout, stderr, code } = await runModule(`
    import { span } from 'opentelemetry-instrumentation-snakepit';
    import { workerContext } from 'opentelemetry-instrumentation-snakepit/bridge';
    import { startTelemetry } from 'snakepit-otel';
    import { connect, executeTool } from './examples/python-workers/grpc.mjs';
    const otlp = { endpoint: 'http://127.0.0.1:${ports.otlp}' };
    const telemetry = startTelemetry({ serviceName: 'gateway', traces: ['otlp'], metrics: [], logs: [], otlp });
    const client = await connect('${address}');
    const traceIds = {};
    for (const tool of ${JSON.stringify(TOOLS)})
      await span('gateway.request', { tool }, async (otelSpan) => {
        traceIds[tool] = otelSpan.spanContext().traceId;
        await executeTool(client, tool, workerContext().metadata);
      });
    client.close();
    await telemetry.shutdown();
    console.log(JSON.stringify(traceIds));`);
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return JSON.parse(stdout);
}

/** Calls a tool as Elixir does: with a correlation id, lines of the reporter, and a span by OTLP. */
async function callFromElixir(client: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const metadata = { correlation_id: CALL, worker_id: 'default_worker_1_690', command: 'embed' };
  const start = process.hrtime.bigint();
  const epoch = BigInt(Date.now()) * 1_000_000n;
  const line = (event: string, measurements: object, rest: object, time: bigint) => ({
    event: `snakepit.grpc_worker.execute.${event}`,
    measurements,
    metadata: { ...metadata, ...rest },
    timestamp_ns: `${time}`,
  });
  await post(
    ports.events,
    '/v1/events',
    'application/x-ndjson',
    line('start', { system_time: `${epoch}` }, {}, epoch),
  );
  await executeTool(client, 'embed', { 'x-snakepit-correlation-id': CALL });
  const duration = Number(process.hrtime.bigint() - start);
  const stop = line('stop', { duration, executions: 1 }, { status: 'ok' }, epoch + BigInt(duration));
  await post(ports.events, '/v1/events', 'application/x-ndjson', stop);
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'snakepit.grpc.execute.embed',
    kind: 3,
    startTimeUnixNano: `${epoch}`,
    endTimeUnixNano: `${epoch + BigInt(duration)}`,
    attributes: [{ key: 'snakepit.correlation_id', value: { stringValue: CALL } }],
  };
  const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  await post(ports.otlp, '/v1/traces', 'application/json', request);
}

async function post(port: number, route: string, type: string, content: object): Promise<void> {
  const body = JSON.stringify(content);
  const headers = { 'content-type': type };
  const response = await fetch(`http://127.0.0.1:${port}${route}`, { method: 'POST', headers, body });
  expect(response.status, await response.text()).toBe(200);
}

/** Returns the sum of the series of the agent's metrics page whose names and labels begin with a text. */
async function total(series: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
  const lines = page.split('\n').filter((line) => line.startsWith(series));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

/** Returns the number of events of the worker that the agent has received. */
const accepted = () => total('snakepit_bridge_events_accepted_total{input="workers"');

/** Returns the spans of a trace. */
async function spansOf(traceId: string) {
  const { spans, processes } = await trace(traceId);
  const services = Object.values(processes).map(({ serviceName }) => serviceName);
  return { spans, services, named: (name: string) => spans.filter((span) => span.operationName === name) };
}

test.each(TOOLS)('a call of the host is one trace with Python’s spans and events: %s', async (tool) => {
  await vi.waitFor(async () => {
    const { spans, services, named } = await spansOf(traceIds[tool] ?? '');
    const [[request, ...more], [python, ...again]] = [
      named('gateway.request'),
      named('BridgeService/ExecuteTool'),
    ];
    if (request === undefined || python === undefined) throw new Error('missing span');
    expect([...more, ...again]).toEqual([]);
    expect([request, python].map(parentId)).toEqual([undefined, request.spanID]);
    expect(services).toEqual(expect.arrayContaining(['gateway', 'snakepit.python.bridge']));
    const executions = named('snakepit.python.tool.execution');
    expect(executions.map(parentId)).toEqual(executions.map(() => request.spanID));
    // The second start of `telemetry_demo` has no stop.
    const ends = executions.map((span) => tag(span, 'snakepit.unfinished') ?? 'stop').toSorted();
    const expected = { telemetry_demo: ['stop', 'worker_died'], send_values: [] }[tool] ?? ['stop'];
    expect(ends).toEqual(expected);
    expect(spans).toHaveLength(2 + expected.length);
  }, eventually);
});

test('a call of Elixir that lines and OTLP report has one span, with those of Python below', async () => {
  const { traceId, callSpanId } = correlationIds(CALL);
  await vi.waitFor(async () => {
    const { spans } = await spansOf(traceId);
    expect(
      spans.map((span) => [span.operationName, span.spanID === callSpanId, parentId(span)]).toSorted(),
    ).toEqual([
      ['BridgeService/ExecuteTool', false, callSpanId],
      ['snakepit.grpc_worker.execute', true, undefined],
      ['snakepit.python.tool.execution', false, callSpanId],
    ]);
  }, eventually);
});

test('spans of a Python worker have the usage of its GPU', async () => {
  for (const tool of ['train', 'diverge'])
    await vi.waitFor(async () => {
      const [python] = (await spansOf(correlationIds(`sp-${tool}`).traceId)).named(
        'BridgeService/ExecuteTool',
      );
      if (python === undefined) throw new Error('missing span');
      const usage = ['device', 'memory.peak_mb', 'utilization.max_percent'].map((key) =>
        tag(python, `snakepit.gpu.${key}`),
      );
      expect(usage).toEqual(['cuda:0', PEAK_MB, 87]);
      expect(tag(python, 'snakepit.gpu.energy.joules')).toBeGreaterThan(0);
      expect(tag(python, 'error')).toBe(tool === 'diverge' ? true : undefined);
    }, eventually);
});

test.each([
  ['slow and failed', 100, ['train false', 'diverge true']],
  ['failed', 3_600_000, ['diverge true']],
])('the query of docs/jaeger.md finds requests by their GPU cost: %s', async (_kind, minMs, found) => {
  const [, block = ''] =
    /```sh\n(cat >gpu-cost.mjs.*?)```/s.exec(readFileSync('docs/jaeger.md', 'utf8')) ?? [];
  const script = block.replace('MIN_MS = 100', `MIN_MS = ${minMs}`);
  const env = { ...process.env, JAEGER_QUERY_URL: `http://127.0.0.1:${backends?.ports.jaegerQuery}` };
  await vi.waitFor(async () => {
    const { stdout } = await promisify(execFile)('bash', ['-ec', script], { cwd: folder, env });
    const row = /'(\w{32})' │ 'BridgeService\/ExecuteTool' │ ([\d.]+) *│ ([\d.]+) *│ 42000 +│ (\w+)/g;
    const rows = [...stdout.matchAll(row)];
    const expected = found.map((each) => each.replace(/\w+/, (tool) => correlationIds(`sp-${tool}`).traceId));
    expect(rows.map(([, traceId, , , error]) => `${traceId} ${error}`).toSorted()).toEqual(
      expected.toSorted(),
    );
    const joules = rows.map(([, , , each]) => Number(each));
    expect(joules).toEqual(joules.toSorted((one, other) => other - one));
  }, eventually);
});

test('each event that left the worker is counted once, and what it dropped itself nowhere', async () => {
  // One event of `send_values`, three of `telemetry_demo`, one of `leave`, and two of each other call.
  await vi.waitFor(async () => expect(await accepted()).toBe(BUFFER + 15), eventually);
  const others = ['lost', 'duplicate', 'refused', 'dropped_by_producer'];
  expect(await Promise.all(others.map((name) => total(`snakepit_bridge_events_${name}_total`)))).toEqual([
    0, 0, 0, 0,
  ]);
  await vi.waitFor(
    async () => expect(await total('snakepit_bridge_spans_unfinished_total{reason="worker_died"')).toBe(2),
    eventually,
  );
});
