// Emits events in Elixir as fast as one process can, and sends them to the agent: with the agent, and without one.
//   node bench/elixir.mjs [--lines 200000] [--rounds 5]
// Checks the time that an event takes in the emitting process, the lines that Elixir sends in a second of processor time, and that
// every event is accepted or counted as dropped. Exits with 1 if a limit is exceeded.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { freePorts } from '../scripts/backends/ports.mjs';

const MAX_US = 15;
const MIN_LINES_PER_S = 30_000;

const { values } = parseArgs({
  options: { lines: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '5' } },
});
const count = Number(values.lines);
const folder = mkdtempSync(join(tmpdir(), 'elixir-'));
const path = join(folder, 'events.sock');
for (const file of ['test/fakes/telemetry/telemetry.ex', 'producers/elixir/snakepit_otel_reporter.ex']) {
  execFileSync('elixirc', ['-pa', folder, '-o', folder, file]);
}

const rows = [];
for (let round = 0; round < Number(values.rounds); round++) {
  const ports = await freePorts({ page: 0 });
  const agent = spawn(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { startTelemetry } from 'snakepit-otel';
      const inputs = { unix: { path: ${JSON.stringify(path)} } };
      await startTelemetry({ traces: ['none'], metrics: ['prometheus'], logs: ['none'], inputs }).ready;
      console.log('ready');
      process.stdin.resume();`,
    ],
    { env: { ...process.env, OTEL_EXPORTER_PROMETHEUS_PORT: String(ports.page) } },
  );
  agent.stderr.pipe(process.stderr);
  await new Promise((resolve) => agent.stdout.once('data', resolve));
  const producer = emit();
  const first = await firstAccepted(ports.page);
  const us = await producer.us;
  const totals = await settled(ports.page);
  const cpuMs = await producer.end();
  agent.kill('SIGKILL');
  const alone = emit();
  rows.push({
    'µs per event': us,
    'µs per event without agent': await alone.us,
    'lines/s': Math.round(totals.accepted / ((totals.atMs - first) / 1000)),
    'lines/s of Elixir’s CPU': Math.round(totals.accepted / (cpuMs / 1000)),
    accepted: totals.accepted,
    dropped: totals.dropped,
    exact: totals.accepted + totals.dropped === count,
  });
  await alone.end();
}
rmSync(folder, { recursive: true });
console.table(rows);
const middle = (key) => rows.map((row) => row[key]).toSorted((a, b) => a - b)[Math.floor(rows.length / 2)];
const checks = [
  ['µs per event', middle('µs per event'), `≤ ${MAX_US}`, middle('µs per event') <= MAX_US],
  [
    'lines/s of Elixir’s CPU',
    middle('lines/s of Elixir’s CPU'),
    `≥ ${MIN_LINES_PER_S}`,
    middle('lines/s of Elixir’s CPU') >= MIN_LINES_PER_S,
  ],
  ['accepted + dropped = emitted', rows.every(({ exact }) => exact), true],
].map(([measure, value, limit, met = value === limit]) => ({ measure, value, limit, met }));
console.table(checks);
process.exitCode = checks.every(({ met }) => met) ? 0 : 1;

/** Starts to emit. `us` is the time that an event takes in the emitting process, and `end()` returns the processor time, ms. */
function emit() {
  const child = spawn('elixir', ['-pa', folder, 'bench/elixir.exs', path, String(count)], {
    // Schedulers without work sleep, so that the processor time is that of work.
    env: { ...process.env, ELIXIR_ERL_OPTIONS: '+sbwt none +sbwtdcpu none +sbwtdio none' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const number = async () => {
    for (;;) {
      const [line] = await once(lines, 'line');
      if (/^[\d.]+$/.test(line)) return Number(Number(line).toFixed(1));
    }
  };
  const end = async () => {
    const cpuMs = number();
    child.stdin.end('\n');
    await once(child, 'exit');
    return cpuMs;
  };
  return { us: number(), end };
}

/** Resolves with the time at which the agent has accepted events, ms. */
async function firstAccepted(port) {
  while ((await read(port)).accepted === 0) await pause(5);
  return performance.now();
}

/** Resolves with the totals and the time of their last change, when they are complete or have not changed for 10 s. */
async function settled(port) {
  let last = { accepted: -1, dropped: -1 };
  for (;;) {
    const totals = await read(port);
    if (totals.accepted !== last.accepted || totals.dropped !== last.dropped) {
      last = { ...totals, atMs: performance.now() };
    }
    if (last.accepted + last.dropped >= count || performance.now() - last.atMs > 10_000) return last;
    await pause(50);
  }
}

async function read(port) {
  const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const total = (name) =>
    Number(new RegExp(`^snakepit_bridge_events_${name}_total(?:\\{.*\\})? (\\d+)`, 'm').exec(page)?.[1] ?? 0);
  return { accepted: total('accepted'), dropped: total('dropped_by_producer') };
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
