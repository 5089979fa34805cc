// Sends lines from four processes to the agent, of which two are killed and resumed in the middle, and checks that every line is accepted,
// lost or dropped, that the agent keeps up, that its event loop is not blocked and that its memory stays flat:
//   node bench/inputs.mjs [--lines 1000000] [--input unix|tcp|http] [--for 10m] [--cpu 0]
// With --for, the load is repeated for that time. Exits with 1 if a limit is exceeded.
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { freePorts } from '../scripts/backends/ports.mjs';
import { expectedTotals, runProducers } from './line-producers.mjs';

const MIN_LINES_PER_S = 50_000;
const MAX_P99_MS = 20;
/** Delay of the event loop of this process, which is nearly idle, from which on the machine is too busy to measure times, ms. */
const BUSY_MS = 10;
/** Growth of the memory from the second round to the last one. */
const MAX_GROWTH = 1.1;

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000' },
    input: { type: 'string', default: 'unix' },
    for: { type: 'string', default: '0s' },
    cpu: { type: 'string' },
  },
});
const forMs = Number.parseFloat(values.for) * (values.for.endsWith('m') ? 60_000 : 1000);
const perProducer = Number(values.lines) / 4;

const folder = mkdtempSync(join(tmpdir(), 'inputs-'));
const ports = await freePorts({ input: 0, page: 0 });
const [inputs, target] = {
  unix: [{ unix: { path: join(folder, 'events.sock') } }, { path: join(folder, 'events.sock') }],
  tcp: [{ tcp: { port: ports.input } }, { host: '127.0.0.1', port: ports.input }],
  http: [{ http: { port: ports.input } }, { url: `http://127.0.0.1:${ports.input}/v1/events` }],
}[values.input];
const receiver = createServer((incoming, response) => incoming.resume().on('end', () => response.end()));
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const agent = fork(new URL('./inputs-agent.mjs', import.meta.url), [JSON.stringify(inputs)], {
  execArgv: ['--expose-gc'],
  env: {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.address().port}`,
    OTEL_EXPORTER_PROMETHEUS_PORT: String(ports.page),
  },
});
await once(agent, 'message');
if (values.cpu !== undefined) spawnSync('taskset', ['-a', '-p', '-c', values.cpu, String(agent.pid)]);

const rows = [];
const ownDelay = monitorEventLoopDelay({ resolution: 1 });
ownDelay.enable();
const expected = { sent: 0, received: 0 };
const begin = performance.now();
for (let pass = 0; pass === 0 || performance.now() - begin < forMs; pass++) {
  const startedAt = performance.now();
  ownDelay.reset();
  const { killed } = await runProducers({ target, perProducer, name: `round${pass}-` });
  const seconds = (performance.now() - startedAt) / 1000;
  agent.send('measure');
  const [{ p99Ms, cpuP99Ms, maxMs, cpuMs, rssMb, heapMb }] = await once(agent, 'message');
  const totals = await readTotals();
  expected.sent += expectedTotals(perProducer);
  expected.received = totals.accepted + totals.lost + totals.dropped;
  const lines = 4 * perProducer;
  rows.push({
    'lines/s': Math.round(lines / seconds),
    'lines/s of agent’s CPU': Math.round(lines / (cpuMs / 1000)),
    'p99 ms': round(p99Ms),
    'p99 CPU ms': round(cpuP99Ms),
    'max ms': round(maxMs),
    'machine p99 ms': round(ownDelay.percentile(99) / 1e6),
    'RSS MB': round(rssMb),
    'heap MB': round(heapMb),
    ...totals,
    killed,
    exact: expected.received === expected.sent,
  });
}
agent.disconnect();
await once(agent, 'exit');
receiver.close();
receiver.closeAllConnections();
rmSync(folder, { recursive: true });

console.table(rows);
const [warm = rows[0]] = rows.slice(1);
const last = rows.at(-1);
const middle = (key) => rows.map((row) => row[key]).toSorted((a, b) => a - b)[Math.floor(rows.length / 2)];
const checks = [
  ['accepted + lost + dropped = sent', rows.every(({ exact }) => exact), true],
  ['lines/s', middle('lines/s'), `≥ ${MIN_LINES_PER_S}`, middle('lines/s') >= MIN_LINES_PER_S],
  ['p99 of the event loop, ms', middle('p99 ms'), `< ${MAX_P99_MS}`, middle('p99 ms') < MAX_P99_MS],
  [
    'p99 of the processor time of its turns, ms',
    middle('p99 CPU ms'),
    `< ${MAX_P99_MS}`,
    middle('p99 CPU ms') < MAX_P99_MS,
  ],
  [
    'lines/s of agent’s CPU',
    middle('lines/s of agent’s CPU'),
    `≥ ${MIN_LINES_PER_S}`,
    middle('lines/s of agent’s CPU') >= MIN_LINES_PER_S,
  ],
  ['heap, MB', last['heap MB'], `≤ ${MAX_GROWTH}×`, last['heap MB'] <= MAX_GROWTH * warm['heap MB']],
].map(([measure, value, limit, met = value === limit]) => ({ measure, value, limit, met }));
if (middle('machine p99 ms') > BUSY_MS) {
  for (const check of checks.slice(1, 3)) if (!check.met) check.met = 'machine too busy';
}
console.table(checks);
process.exitCode = checks.every(({ met }) => met !== false) ? 0 : 1;

async function readTotals() {
  // Counts are published a tenth of a second later.
  await new Promise((resolve) => setTimeout(resolve, 300));
  const page = await (await fetch(`http://127.0.0.1:${ports.page}/metrics`)).text();
  const total = (name) =>
    page
      .split('\n')
      .filter((line) => line.startsWith(`snakepit_bridge_events_${name}_total`))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  return {
    accepted: total('accepted'),
    lost: total('lost'),
    dropped: total('dropped_by_producer'),
    duplicate: total('duplicate'),
    refused: total('refused'),
  };
}

function round(value) {
  return Number(value.toFixed(1));
}
