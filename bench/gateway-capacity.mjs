// Measures what one core of a Collector sustains and sizes it for 1,000 nodes with 8 GPUs each:
//   node bench/gateway-capacity.mjs
// Records a node's real export once and sends it repeatedly, each time under another node's name.

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, span } from 'opentelemetry-instrumentation-snakepit';
import { startTelemetry } from 'snakepit-otel';
import {
  COLLECTOR_CONFIG,
  installCollector,
  installJaeger,
  JAEGER_CONFIG,
} from '../scripts/backends/install.mjs';
import { freePorts } from '../scripts/backends/ports.mjs';
import { startProgram, stopProgram } from '../scripts/backends/program.mjs';

const NODES = 1000;
const GPUS = 8;
const SAMPLE_INTERVAL_S = 5;
const DURATION_S = 10;
const CONNECTIONS = 16;
/** All names have the same length, so that one can replace another in the recorded bytes. */
const nodeName = (i) => `node-${String(i).padStart(5, '0')}`;

const folder = mkdtempSync(join(tmpdir(), 'gateway-capacity-'));
const recorded = await recordNode();
const results = { metrics: await measureMetrics(), spans: await measureSpans() };
rmSync(folder, { recursive: true });
report(results);

/** Records what one node sends: an export of 8 GPUs' samples, and an export of 100 requests of three spans each. */
async function recordNode() {
  const bodies = {};
  const receiver = createServer(async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    bodies[incoming.url] ??= Buffer.concat(chunks);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${receiver.address().port}`;
  const telemetry = startTelemetry({
    serviceName: 'gpu-node',
    resourceAttributes: { 'service.instance.id': nodeName(0) },
    traces: ['otlp'],
    metrics: ['otlp'],
    logs: ['none'],
    handleSignals: false,
  });
  await telemetry.ready;
  for (let gpu = 0; gpu < GPUS; gpu++) {
    const metadata = { device: `cuda:${gpu}`, interval_ms: 60_000 };
    execute(
      'snakepit.gpu.memory.sampled',
      { used_mb: 40_000 + gpu, total_mb: 81_559, free_mb: 41_559 - gpu },
      metadata,
    );
    execute(
      'snakepit.gpu.utilization.sampled',
      { gpu_percent: 90 + gpu, memory_controller_percent: 40 },
      metadata,
    );
    execute('snakepit.gpu.temperature.sampled', { celsius: 60 + gpu }, metadata);
    execute('snakepit.gpu.power.sampled', { watts: 600 + gpu, limit_watts: 700 }, metadata);
  }
  const traceIds = [];
  for (let i = 0; i < 100; i++) {
    await span('request', { pool: 'default', model: 'resnet' }, async (root) => {
      traceIds.push(Buffer.from(root.spanContext().traceId, 'hex'));
      await span('preprocess', { rows: 64 }, async () => {});
      await span('infer', { device: 'cuda:0' }, async () => {});
    });
  }
  await telemetry.shutdown();
  receiver.close();
  return { metrics: bodies['/v1/metrics'], traces: bodies['/v1/traces'], traceIds };
}

async function measureMetrics() {
  const collector = await startCollector([COLLECTOR_CONFIG]);
  const name = Buffer.from(nodeName(0));
  const at = recorded.metrics.indexOf(name);
  let next = 0;
  const measured = await load(collector, '/v1/metrics', () => {
    const body = Buffer.from(recorded.metrics);
    body.write(nodeName(next++ % NODES), at);
    return body;
  });
  const accepted = await acceptedCount(collector, 'accepted_metric_points');
  const scrape = await timedScrape(collector);
  await stopProgram(collector.program);
  return { ...measured, perRequest: Math.round(accepted / measured.requests), scrape };
}

async function measureSpans() {
  const jaegerPorts = await freePorts({ otlp: 0, query: 0, queryGrpc: 0, health: 0 });
  const jaeger = await startProgram({
    name: 'jaeger',
    command: await installJaeger(),
    args: ['--config', JAEGER_CONFIG],
    env: {
      JAEGER_OTLP_GRPC_PORT: String(jaegerPorts.otlp),
      JAEGER_QUERY_PORT: String(jaegerPorts.query),
      JAEGER_QUERY_GRPC_PORT: String(jaegerPorts.queryGrpc),
      JAEGER_HEALTH_PORT: String(jaegerPorts.health),
    },
    healthUrl: `http://127.0.0.1:${jaegerPorts.health}/status`,
    folder,
  });
  const gateway = join(process.cwd(), 'deploy/collector/gateway.yaml');
  const env = { JAEGER_OTLP_ENDPOINT: `127.0.0.1:${jaegerPorts.otlp}`, SAMPLING_DECISION_WAIT: '2s' };
  const collector = await startCollector([COLLECTOR_CONFIG, gateway], env);
  const offsetsById = recorded.traceIds.map((id) => offsetsOf(recorded.traces, id));
  const measured = await load(collector, '/v1/traces', () => {
    const body = Buffer.from(recorded.traces);
    for (const offsets of offsetsById) {
      const id = randomBytes(16);
      for (const offset of offsets) id.copy(body, offset);
    }
    return body;
  });
  const accepted = await acceptedCount(collector, 'accepted_spans');
  await stopProgram(collector.program);
  await stopProgram(jaeger);
  return { ...measured, perRequest: Math.round(accepted / measured.requests) };
}

function offsetsOf(body, bytes) {
  const offsets = [];
  for (let at = body.indexOf(bytes); at >= 0; at = body.indexOf(bytes, at + 1)) offsets.push(at);
  return offsets;
}

/** Starts a Collector that uses one core. */
async function startCollector(configs, env = {}) {
  const ports = await freePorts({ grpc: 0, http: 0, health: 0, telemetry: 0, metrics: 0 });
  const program = await startProgram({
    name: 'collector',
    command: await installCollector(),
    args: configs.flatMap((config) => ['--config', config]),
    env: {
      GOMAXPROCS: '1',
      OTEL_COLLECTOR_GRPC_PORT: String(ports.grpc),
      OTEL_COLLECTOR_HTTP_PORT: String(ports.http),
      OTEL_COLLECTOR_HEALTH_PORT: String(ports.health),
      OTEL_COLLECTOR_TELEMETRY_PORT: String(ports.telemetry),
      COLLECTOR_PROMETHEUS_PORT: String(ports.metrics),
      ...env,
    },
    healthUrl: `http://127.0.0.1:${ports.health}/`,
    folder,
  });
  return { program, ports };
}

/** Sends as fast as the Collector accepts, and returns the requests and the Collector's resource usage. */
async function load({ program, ports }, path, nextBody) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const options = { agent, host: '127.0.0.1', port: ports.http, path, method: 'POST' };
  const headers = { 'content-type': 'application/x-protobuf' };
  const before = cpuSeconds(program.pid);
  const started = performance.now();
  let requests = 0;
  let rejected = 0;
  let bytes = 0;
  const connection = async () => {
    while (performance.now() - started < DURATION_S * 1000) {
      const body = nextBody();
      const status = await new Promise((resolve, reject) => {
        const sent = request({ ...options, headers }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        });
        sent.once('error', reject).end(body);
      });
      if (status === 200) {
        requests += 1;
        bytes += body.length;
      } else rejected += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuSeconds(program.pid) - before;
  agent.destroy();
  return { requests, rejected, bytes, seconds, cpu, residentMib: residentMib(program.pid) };
}

/** Returns user and system time of a process, s (Linux). */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}

function residentMib(pid) {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
}

/** Returns how many items the Collector reports as accepted. */
async function acceptedCount({ ports }, counter) {
  const page = await (await fetch(`http://127.0.0.1:${ports.telemetry}/metrics`)).text();
  const lines = page.matchAll(new RegExp(`^otelcol_receiver_${counter}(?:_total)?\\{.*\\} (\\S+)$`, 'gm'));
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function timedScrape({ program, ports }) {
  const before = cpuSeconds(program.pid);
  const page = await (await fetch(`http://127.0.0.1:${ports.metrics}/metrics`)).text();
  const series = page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { series, bytes: page.length, cpu: cpuSeconds(program.pid) - before };
}

function report({ metrics, spans }) {
  const perSecond = ({ requests, perRequest, cpu }) => (requests * perRequest) / cpu;
  const round = (n) => Math.round(n).toLocaleString('en');
  const bytesEach = metrics.bytes / metrics.requests;
  const nodesPerCore = (perSecond(metrics) / metrics.perRequest) * SAMPLE_INTERVAL_S;
  const fleet = (NODES * metrics.perRequest) / SAMPLE_INTERVAL_S;
  console.log(`
One core (GOMAXPROCS=1), ${DURATION_S} s each, over HTTP with protobuf, by CPU time:
  metric points      ${round(perSecond(metrics))}/s  (${round(metrics.perRequest)} per export, ${round(bytesEach)} bytes; ${metrics.rejected} rejected; ${metrics.residentMib} MiB)
  spans              ${round(perSecond(spans))}/s  (tail sampling; ${round(spans.bytes / spans.requests / spans.perRequest)} bytes each; ${spans.rejected} rejected; ${spans.residentMib} MiB)
  one scrape         ${round(metrics.scrape.series)} series, ${(metrics.scrape.bytes / 1e6).toFixed(1)} MB, ${metrics.scrape.cpu.toFixed(2)} s CPU

${NODES.toLocaleString('en')} nodes × ${GPUS} GPUs, exported every ${SAMPLE_INTERVAL_S} s:
  series             ${round(metrics.scrape.series)}
  samples            ${round(fleet)}/s
  bytes              ${((NODES * bytesEach) / SAMPLE_INTERVAL_S / 1e6).toFixed(2)} MB/s
  cores              ${(NODES / nodesPerCore).toFixed(2)} to receive, ${(metrics.scrape.cpu / SAMPLE_INTERVAL_S).toFixed(2)} to be scraped every ${SAMPLE_INTERVAL_S} s
`);
}
