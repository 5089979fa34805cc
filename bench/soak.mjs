// Runs mixed load with unbounded tags against a host with every signal on, and checks that its memory, its metrics page and the
// delay of its event loop stay flat:
//   node bench/soak.mjs [--for 10m]
// Scrapes and receives from this process, so that the host process does only a host's work. Exits with 1 if a limit is exceeded.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { freePorts } from '../scripts/backends/ports.mjs';
import { quantile } from './compare.mjs';

const WINDOWS = 20;
/** Windows at the start that do not count. */
const WARM_UP = 3;
/** Longest time between scrapes, ms. */
const SCRAPE_INTERVAL_MS = 5000;
/** Delay of the event loop of this process, which is nearly idle, from which on the machine is too busy to measure times, ms. */
const BUSY_MS = 30;
/** Attribute sets of a metric. */
const MAX_SERIES = 2000;

const { values } = parseArgs({ options: { for: { type: 'string', default: '10m' } } });
const windowMs = milliseconds(values.for) / WINDOWS;

const receiver = createServer((incoming, response) => incoming.resume().on('end', () => response.end()));
receiver.listen(0, '127.0.0.1');
await once(receiver, 'listening');
const { port } = await freePorts({ port: 0 });
const host = fork(new URL('./soak-host.mjs', import.meta.url), [String(windowMs)], {
  execArgv: ['--expose-gc'],
  env: {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${receiver.address().port}`,
    OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
  },
});
const exited = once(host, 'exit');
await once(host, 'message');

const windows = [];
const ownDelay = monitorEventLoopDelay({ resolution: 5 });
ownDelay.enable();
for (let window = 0; window < WINDOWS; window++) {
  const measured = once(host, 'message');
  let page = '';
  let scrapeMs = 0;
  while (true) {
    const begin = performance.now();
    page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    scrapeMs = Math.max(scrapeMs, performance.now() - begin);
    const message = await Promise.race([measured, wait(Math.min(windowMs, SCRAPE_INTERVAL_MS))]);
    if (message === undefined) continue;
    const [{ heapMb, p99Ms, events }] = message;
    const machineMs = ownDelay.percentile(99) / 1e6;
    ownDelay.reset();
    const row = {
      heapMb,
      pageMb: page.length / 1e6,
      series: largestMetric(page),
      scrapeMs,
      p99Ms,
      machineMs,
      events,
    };
    windows.push(row);
    break;
  }
}
host.disconnect();
const [code] = await exited;
receiver.close();
receiver.closeAllConnections();

console.table(windows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, round(v)]))));
const early = windows.slice(WARM_UP, WARM_UP + 5);
const late = windows.slice(-5);
const quiet = (rows) => rows.filter(({ machineMs }) => machineMs < BUSY_MS);
const checks = [
  ['heap, MB', 'heapMb', 1.1, early, late],
  ['metrics page, MB', 'pageMb', 1.05, early, late],
  ['slowest scrape of a window, ms', 'scrapeMs', 1.5, quiet(early), quiet(late)],
  ['p99 of the event loop, ms', 'p99Ms', 1.5, quiet(early), quiet(late)],
].map(([measure, key, ratio, before, after]) => {
  const limit = `≤ ${ratio}×`;
  if (before.length === 0 || after.length === 0) return { measure, limit, met: 'machine too busy' };
  const [from, to] = [before, after].map((rows) => middle(rows.map((row) => row[key])));
  return { measure, early: round(from), late: round(to), limit, met: to <= ratio * from };
});
const series = Math.max(...windows.map((row) => row.series));
checks.push({
  measure: 'series of a metric',
  late: series,
  limit: `≤ ${MAX_SERIES}`,
  met: series <= MAX_SERIES,
});
checks.push({ measure: 'exit code', late: code, limit: '0', met: code === 0 });
console.table(checks);
process.exitCode = checks.every(({ met }) => met !== false) ? 0 : 1;

/** Returns the number of series of the metric that has most; those of a histogram are counted once. */
function largestMetric(page) {
  const counts = new Map();
  for (const [, name] of page.matchAll(/^([a-z_]+)[{ ]/gm)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Math.max(...[...counts].filter(([name]) => !name.endsWith('_bucket')).map(([, count]) => count));
}

function milliseconds(text) {
  const [, number, unit] = /^(\d+)(s|m)$/.exec(text) ?? [];
  if (number === undefined)
    throw new Error(`Invalid --for: ${text}. Allowed: a number of seconds or minutes, as 60s or 10m.`);
  return Number(number) * (unit === 's' ? 1000 : 60_000);
}

function middle(numbers) {
  return quantile(numbers, 0.5);
}

function round(value) {
  return typeof value === 'number' ? Number(value.toFixed(2)) : value;
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
