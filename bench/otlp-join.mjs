// Measures the join of spans by their correlation ids, and sends a million spans like the recorded ones through the agent's OTLP input to
// a stand-in of a collector, which checks that each span comes once, with the others of its request in one trace, while memory stays flat:
//   node bench/otlp-join.mjs [--spans 1000000] [--copies 64]
// Exits with 1 if a limit is exceeded.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { gpuUsageTracker, TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { freePorts } from '../scripts/backends/ports.mjs';
import { MessageEdits } from '../snakepit-otel/dist/esm/inputs/message-edits.js';
import { CallSpans } from '../snakepit-otel/dist/esm/inputs/otlp/call-spans.js';
import { joinProtobuf } from '../snakepit-otel/dist/esm/inputs/otlp/join-protobuf.js';
import { forEachField, lengthField, varint } from '../snakepit-otel/dist/esm/inputs/protobuf.js';
import { correlationIdOf, numberOf, OtlpBodies, spansIn } from './otlp-bodies.mjs';

const MAX_JOIN_US = 15;
/** Growth of the memory from the first tenth to the end. */
const MAX_GROWTH = 1.1;
/** Requests at a time, as many processes send them. */
const SENDERS = 8;
const ROUNDS = 200;
const MAX_DIFFERENT_REQUESTS = 1000;

const { values } = parseArgs({
  options: { spans: { type: 'string', default: '1000000' }, copies: { type: 'string', default: '64' } },
});
const copies = Number(values.copies);

const joinUs = await measureJoin((body) => body);
const usageUs = await measureUsage();
const sent = await sendThroughAgent(Number(values.spans));
const checks = [
  ['join, µs of processor time a span (median)', round(joinUs), `≤ ${MAX_JOIN_US}`, joinUs <= MAX_JOIN_US],
  ['join with GPU usage', round(usageUs), `≤ ${MAX_JOIN_US}`, usageUs <= MAX_JOIN_US],
  ['spans received once', sent.once, sent.spans, sent.once === sent.spans],
  ['spans received again', sent.again, 0, sent.again === 0],
  ['requests in several traces', sent.split, 0, sent.split === 0],
  [
    'heap, MB',
    round(sent.heapMb),
    `≤ ${MAX_GROWTH}× ${round(sent.warmHeapMb)}`,
    sent.heapMb <= MAX_GROWTH * sent.warmHeapMb,
  ],
  ['memory, MB', round(sent.rssMb), `warm: ${round(sent.warmRssMb)}`, undefined],
  ['spans/s', Math.round(sent.spans / sent.seconds), '', undefined],
  ['agent’s processor time, µs a span', round((sent.cpuMs * 1000) / sent.spans), '', undefined],
].map(([measure, value, limit, met]) => ({ measure, value, limit, met }));
console.table(checks);
process.exitCode = checks.every(({ met }) => met !== false) ? 0 : 1;

/** Measures the join of spans of this process that all get GPU usage, after readings of 15 minutes of 8 GPUs. */
async function measureUsage() {
  const detach = gpuUsageTracker().attach(() => undefined);
  const now = performance.now();
  for (let ago = 900_000; ago >= 0; ago -= 1000)
    gpuUsageTracker().record(
      Array.from({ length: 8 }, (_, index) => ({
        device: `cuda:${index}`,
        index,
        vendor: 'nvidia',
        uuid: `GPU-${index}`,
        memoryUsedMib: 1000 + ago / 7,
        gpuPercent: 50,
        energyJoules: 1e6 - ago / 3,
        processes: Array.from({ length: 4 }, (_, i) => ({
          pid: index === 7 && i === 3 ? process.pid : i + 1,
        })),
      })),
      now - ago,
    );
  const us = await measureJoin(ofThisProcess);
  detach();
  return us;
}

/** Adds this process to the resources, and sets times of spans that ended a moment ago. */
async function ofThisProcess(body) {
  const edits = new MessageEdits();
  const values = [
    ['process.pid', Buffer.concat([Buffer.of(0x18), varint(process.pid)])],
    ['process.parent_pid', Buffer.concat([Buffer.of(0x18), varint(process.ppid)])],
    ['host.name', lengthField(1, Buffer.from(hostname()))],
  ].map(([key, value]) =>
    lengthField(1, Buffer.concat([lengthField(1, Buffer.from(key)), lengthField(2, value)])),
  );
  const by = Buffer.concat(values);
  const end = BigInt(Date.now() - 1100) * 1_000_000n;
  forEachField(body, { start: 0, end: body.length }, (group) => {
    let longer = 0;
    forEachField(body, group, (field) => {
      if (field.number === 1)
        longer = edits.lengthen(field, edits.add({ start: field.end, end: field.end, by }));
      else
        forEachField(body, field, (span) => {
          const setTime = ({ number, start }) => {
            if (number === 7 || number === 8)
              body.writeBigUInt64LE(number === 7 ? end - 30_000_000n : end, start);
          };
          if (span.number === 2) forEachField(body, span, () => {}, setTime);
        });
    });
    edits.lengthen(group, longer);
  });
  return edits.applyTo(body, new TurnBudget());
}

async function measureJoin(prepare) {
  const bodies = new OtlpBodies();
  const calls = new CallSpans();
  const times = [];
  for (let i = 0; i < ROUNDS; i++) {
    const [before, requests] = [bodies.spans, await Promise.all(bodies.next(copies).map(prepare))];
    const busyBefore = process.cpuUsage();
    for (const body of requests) await joinProtobuf(body, calls);
    times.push(process.cpuUsage(busyBefore).user / (bodies.spans - before));
  }
  return times.toSorted((a, b) => a - b)[ROUNDS / 2];
}

async function sendThroughAgent(count) {
  const bodies = new OtlpBodies();
  const seen = new Uint8Array(count + 14 * copies);
  const traces = new Map();
  const result = { once: 0, again: 0, split: 0 };
  const collector = createServer(async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    response.end();
    if (incoming.url !== '/v1/traces') return;
    for (const span of spansIn(Buffer.concat(chunks))) check(span);
  });
  const check = (span) => {
    const correlationId = correlationIdOf(span);
    // Spans of the agent itself.
    if (correlationId === '') return;
    if (seen[numberOf(span)]++ === 0) result.once++;
    else result.again++;
    const traceId = Buffer.from(span.traceId).toString('hex');
    if ((traces.get(correlationId) ?? traceId) !== traceId) result.split++;
    if (traces.size >= MAX_DIFFERENT_REQUESTS * copies) traces.delete(traces.keys().next().value);
    traces.set(correlationId, traceId);
  };
  collector.listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const ports = await freePorts({ otlp: 0, page: 0 });
  const agent = fork(
    new URL('./inputs-agent.mjs', import.meta.url),
    [JSON.stringify({ otlp: { port: ports.otlp } })],
    {
      execArgv: ['--expose-gc'],
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.address().port}`,
        OTEL_EXPORTER_PROMETHEUS_PORT: String(ports.page),
      },
    },
  );
  await once(agent, 'message');
  const measure = async () => {
    agent.send('measure');
    const [measured] = await once(agent, 'message');
    return measured;
  };

  const startedAt = performance.now();
  const http = new Agent({ keepAlive: true });
  const sendUntil = (limit) =>
    Promise.all(
      Array.from({ length: SENDERS }, async () => {
        while (bodies.spans < limit)
          for (const body of bodies.next(copies)) await post(ports.otlp, http, body);
      }),
    );
  const received = async () => {
    for (let waits = 0; result.once < bodies.spans && waits < 300; waits++)
      await new Promise((resolve) => setTimeout(resolve, 100));
  };
  await sendUntil(count / 10);
  await received();
  const warm = await measure();
  await sendUntil(count);
  await received();
  const last = await measure();
  const seconds = (performance.now() - startedAt) / 1000;
  agent.disconnect();
  await once(agent, 'exit');
  http.destroy();
  collector.close();
  collector.closeAllConnections();
  return {
    ...result,
    spans: bodies.spans,
    seconds,
    cpuMs: warm.cpuMs + last.cpuMs,
    warmHeapMb: warm.heapMb,
    heapMb: last.heapMb,
    warmRssMb: warm.rssMb,
    rssMb: last.rssMb,
  };
}

/** Sends a body until the agent takes it. */
async function post(port, agent, body) {
  for (;;) {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/x-protobuf', 'content-length': body.length };
      const outgoing = request(
        { port, host: '127.0.0.1', path: '/v1/traces', method: 'POST', agent, headers },
        (response) => response.resume().once('end', () => resolve(response.statusCode)),
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
    if (status === 200) return;
    if (status !== 429) throw new Error(`the agent answers ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function round(value) {
  return Number(value.toFixed(1));
}
