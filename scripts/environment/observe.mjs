// Runs the workload under a distribution and describes what arrived.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../backends/ports.mjs';
import { startCollector, startGrpcCollector } from './collector.mjs';
import { watchLag } from './watch-lag.cjs';

const WORKLOAD = fileURLToPath(new URL('./workload.cjs', import.meta.url));
/** Limits until the program is done, on a machine under load, and from then to its end. */
const DONE_LIMIT_MS = 120_000;
const END_LIMIT_MS = 30_000;
/** The probes have room for this much. */
const MAX_LAG_MS = 500;
const ATTEMPTS = 5;

/**
 * Observes a run. If the load of the machine held up its event loop or ours, observes another one instead.
 *
 * @param {Parameters<typeof observeOnce>} run
 */
export async function observe(...run) {
  for (let attempt = 1; ; attempt++) {
    const observed = await observeOnce(...run);
    if (observed.lagMs <= MAX_LAG_MS) return observed;
    if (attempt === ATTEMPTS) throw new Error(`the machine is too loaded: ${observed.lagMs} ms`);
  }
}

/**
 * @param {{ folder: string, register: string }} distribution
 * @param {Omit<import('./cases.mjs').Case, 'honored'>} situation in values of `env`, `$collector` and `$other` stand for the URLs of
 *   collectors, `$hostPort` for that of gRPC without its scheme, `$page` for a free port, and the names of `files` for their paths
 * @param {Record<string, string>} files
 */
async function observeOnce({ folder, register }, { env = {}, hangs, tls, page }, files) {
  const [collector, other, grpc] = await Promise.all([
    startCollector({ hangs, tls: tls && tlsOptions(files, tls === 'mutual') }),
    startCollector(),
    startGrpcCollector(),
  ]);
  const { port } = await freePorts({ port: 0 });
  const words = {
    ...files,
    $collector: collector.url,
    $other: other.url,
    $hostPort: grpc.url.slice('http://'.length),
    $page: `${port}`,
  };
  const base = { OTEL_EXPORTER_OTLP_ENDPOINT: '$collector', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  const variables = Object.fromEntries(
    Object.entries({ ...base, ...env })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, value.replace(/\$[a-zA-Z]+/, (key) => words[key] ?? key)]),
  );
  const lag = watchLag();
  const child = spawn(process.execPath, ['--import', register, WORKLOAD], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
  });
  const kill = () => child.kill('SIGKILL');
  let timer = setTimeout(kill, DONE_LIMIT_MS);
  let output = '';
  let doneAt = Number.POSITIVE_INFINITY;
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (!output.includes('probe done') || doneAt !== Number.POSITIVE_INFINITY) return;
    doneAt = performance.now();
    clearTimeout(timer);
    timer = setTimeout(kill, END_LIMIT_MS);
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const served = page && watchPage(page, port, child);
  const code = await new Promise((ended) => child.once('close', ended));
  clearTimeout(timer);
  lag.stop();
  for (const each of [collector, other, grpc]) each.close();
  const carrier = JSON.parse(/probe done (\{.*\})/.exec(output)?.[1] ?? 'null');
  const lagMs = Math.max(lag.maxMs(), Number(/probe lag (\d+)/.exec(output)?.[1] ?? 0));
  return describe({ code, output, lagMs, carrier, doneAt, page: await served, collector, other, grpc });
}

/** Waits until the page is served, or the program has ended. */
async function watchPage({ host, closedHost }, port, child) {
  const isServedOn = (address) =>
    fetch(`http://${address}:${port}/metrics`, { headers: { connection: 'close' } }).then(
      ({ ok }) => ok,
      () => false,
    );
  while (child.exitCode === null && child.signalCode === null) {
    if (await isServedOn(host))
      return { isServed: true, isClosed: !closedHost || !(await isServedOn(closedHost)) };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return undefined;
}

const tlsOptions = ({ $ca, $cert, $key }, isMutual) => ({
  ca: readFileSync($ca),
  cert: readFileSync($cert),
  key: readFileSync($key),
  requestCert: isMutual,
  rejectUnauthorized: isMutual,
});

function describe({ collector, other, grpc, ...observed }) {
  const ofSignal = (signal) => collector.received.filter((each) => each.signal === signal);
  const requests = (signal, list, scoped) =>
    ofSignal(signal).map(({ json }) => (json?.[list] ?? []).flatMap((resource) => resource[scoped] ?? []));
  const spanRequests = requests('traces', 'resourceSpans', 'scopeSpans').map((scopes) =>
    scopes.flatMap(({ spans }) => spans).filter(({ name }) => name === 'probe'),
  );
  const logRequests = requests('logs', 'resourceLogs', 'scopeLogs').map((scopes) =>
    scopes.flatMap(({ logRecords }) => logRecords).filter(({ body }) => body?.stringValue === 'probe'),
  );
  const metrics = requests('metrics', 'resourceMetrics', 'scopeMetrics')
    .flat()
    .flatMap((scope) => scope.metrics);
  const [resource] = collector.received.flatMap(({ json }) =>
    Object.values(json ?? {}).flatMap((list) => list?.[0]?.resource ?? []),
  );
  const signalsAt = (each) => [...new Set(each.received.map(({ signal }) => signal))].sort();
  return {
    ...observed,
    spanRequests,
    logRequests,
    span: spanRequests.flat()[0],
    record: logRequests.flat()[0],
    metric: (name) => metrics.find((metric) => metric.name === name),
    resource: Object.fromEntries(
      (resource?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]),
    ),
    received: ofSignal,
    signals: signalsAt(collector),
    otherSignals: signalsAt(other),
    other: other.received,
    grpcSignals: signalsAt(grpc),
  };
}
