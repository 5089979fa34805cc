// Sends events of eight workers over gRPC to the agent, of which four are killed and start again in the middle, and checks that each event
// that left a worker is counted once, and how many the agent receives in a second of its processor's time:
//   node bench/worker-stream.mjs [--events 400000]
// Exits with 1 if a limit is exceeded.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { freePorts } from '../scripts/backends/ports.mjs';

const MIN_EVENTS_PER_S = 20_000;
const WORKERS = 8;
const KILLED = 4;

const { values } = parseArgs({ options: { events: { type: 'string', default: '400000' } } });
const perWorker = 2 * Math.ceil(Number(values.events) / WORKERS / 2);

const receiver = createServer((incoming, response) => incoming.resume().on('end', () => response.end()));
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const { page, ...ports } = await freePorts({
  page: 0,
  ...Object.fromEntries(Array.from({ length: WORKERS }, (_, i) => [`worker${i}`, 0])),
});
const workers = Object.values(ports).map((port) => ({ address: `127.0.0.1:${port}`, exclusive: true }));
const agent = fork(new URL('./inputs-agent.mjs', import.meta.url), [JSON.stringify({ workers })], {
  execArgv: ['--expose-gc'],
  env: {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.address().port}`,
    OTEL_EXPORTER_PROMETHEUS_PORT: String(page),
  },
});
await once(agent, 'message');

const half = perWorker / 2;
const sent = WORKERS * perWorker;
const startedAt = performance.now();
const servers = Object.values(ports).map(startWorker);
let totals = await receive(sent / 2);
for (const server of servers.slice(KILLED)) server.send('again');
await Promise.all(
  servers.slice(0, KILLED).map(async (server, i) => {
    server.kill('SIGKILL');
    await once(server, 'exit');
    servers[i] = startWorker(Object.values(ports)[i]);
  }),
);
totals = await receive(sent);
const seconds = (performance.now() - startedAt) / 1000;
agent.send('measure');
const [{ cpuMs, heapMb }] = await once(agent, 'message');
agent.disconnect();
await once(agent, 'exit');
for (const server of servers) server.kill();
receiver.close();
receiver.closeAllConnections();

const perSecond = Math.round(sent / (cpuMs / 1000));
const checks = [
  ['events accepted', totals.accepted, sent, totals.accepted === sent],
  ['lost, repeated, refused', totals.others, 0, totals.others === 0],
  ['events/s of agent’s processor time', perSecond, `≥ ${MIN_EVENTS_PER_S}`, perSecond >= MIN_EVENTS_PER_S],
  ['events/s', Math.round(sent / seconds), '', undefined],
  ['heap, MB', Number(heapMb.toFixed(1)), '', undefined],
].map(([measure, value, limit, met]) => ({ measure, value, limit, met }));
console.table(checks);
process.exitCode = checks.every(({ met }) => met !== false) ? 0 : 1;

function startWorker(port) {
  return fork(new URL('./worker-server.mjs', import.meta.url), [String(port), String(half)]);
}

/** Waits until the agent has received that many events. */
async function receive(events) {
  let totals = await readTotals();
  for (let waits = 0; totals.accepted < events && waits < 400; waits++) totals = await readTotals();
  return totals;
}

async function readTotals() {
  // Counts are published a tenth of a second later.
  await new Promise((resolve) => setTimeout(resolve, 150));
  const text = await (await fetch(`http://127.0.0.1:${page}/metrics`)).text();
  const total = (name) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`snakepit_bridge_events_${name}_total`))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  return { accepted: total('accepted'), others: total('lost') + total('duplicate') + total('refused') };
}
