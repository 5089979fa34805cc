// Runs the workload under a distribution and describes what arrived.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../backends/ports.mjs';
import { startCollector, startGrpcCollector } from './collector.mjs';

const WORKLOAD = fileURLToPath(new URL('./workload.cjs', import.meta.url));
const LIMIT_MS = 30_000;

/**
 * @param {{ folder: string, register: string }} distribution
 * @param {Omit<import('./cases.mjs').Case, 'honored'>} situation in values of `env`, `$collector` and `$other` stand for the URLs of
 *   collectors, `$hostPort` for that of gRPC without its scheme, `$page` for a free port, and the names of `files` for their paths
 * @param {Record<string, string>} files
 */
export async function observe({ folder, register }, { env = {}, hangs, tls, page }, files) {
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
  const child = spawn(process.execPath, ['--import', register, WORKLOAD], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
  });
  let output = '';
  let doneAt = Number.POSITIVE_INFINITY;
  child.stdout.on('data', (chunk) => {
    output += chunk;
    if (output.includes('probe done') && doneAt === Number.POSITIVE_INFINITY) doneAt = performance.now();
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const served = page && watchPage(page, port, child);
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const code = await new Promise((ended) => child.once('close', ended));
  clearTimeout(timer);
  for (const each of [collector, other, grpc]) each.close();
  const carrier = JSON.parse(/probe done (\{.*\})/.exec(output)?.[1] ?? 'null');
  return describe({ code, output, carrier, doneAt, page: await served, collector, other, grpc });
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
