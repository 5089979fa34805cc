import { setTimeout as delay } from 'node:timers/promises';
import type { ConfigurationModel } from '@opentelemetry/configuration';
import type { ResolvedConfiguration } from '../configuration/resolve.js';
import { withoutVariables } from '../configuration/with-environment.js';
import { startAccounting } from '../sdk/current-accounting.js';
import type { DeliveryReport } from '../sdk/delivery-report.js';
import { exportRemedy } from '../sdk/export-problem.js';
import { logExporter, metricExporter, spanExporter } from '../sdk/exporters.js';
import { PageServer, pageUrl } from '../sdk/page-server.js';
import { buildResource } from '../sdk/resource.js';
import { type Check, problem } from './check.js';

/** Time for a collector to answer, ms. */
const LIMIT_MS = 5000;
const POLL_INTERVAL_MS = 20;
/** Variables that select the page of metrics. */
const PAGE_VARIABLES = [
  'OTEL_EXPORTER_PROMETHEUS_HOST',
  'OTEL_EXPORTER_PROMETHEUS_PORT',
  'OTEL_METRICS_EXPORTER',
];

/** Exports nothing with each exporter that sends, and reports what answered. */
export async function checkExporters({ model }: ResolvedConfiguration): Promise<Check[]> {
  const { deliveries } = startAccounting();
  const exporters = withoutVariables(() => exportEmpty(model));
  const isKnown = () => deliveries.list().every(({ state }) => state !== 'waiting');
  for (let waited = 0; waited < LIMIT_MS && !isKnown(); waited += POLL_INTERVAL_MS)
    await delay(POLL_INTERVAL_MS);
  const checks = deliveries.list().map(checkOf);
  void Promise.allSettled(exporters.map((exporter) => exporter.shutdown()));
  return checks;
}

const nothing = () => {};

/** Exports nothing with each exporter, and returns them. Those to the console send nothing. */
function exportEmpty(model: ConfigurationModel): { shutdown(): Promise<void> }[] {
  const traces = (model.tracer_provider?.processors ?? []).flatMap(({ batch, simple }) => {
    const exporter = (batch ?? simple)?.exporter;
    return exporter && isOtlp(exporter) ? [spanExporter(exporter)] : [];
  });
  const logs = (model.logger_provider?.processors ?? []).flatMap(({ batch, simple }) => {
    const exporter = (batch ?? simple)?.exporter;
    return exporter && isOtlp(exporter) ? [logExporter(exporter)] : [];
  });
  const metrics = (model.meter_provider?.readers ?? []).flatMap(({ periodic }) =>
    periodic && isOtlp(periodic.exporter) ? [metricExporter(periodic.exporter)] : [],
  );
  for (const exporter of [...traces, ...logs]) exporter.export([], nothing);
  const resource = buildResource();
  for (const exporter of metrics) exporter.export({ resource, scopeMetrics: [] }, nothing);
  return [...traces, ...logs, ...metrics];
}

const isOtlp = (exporter: object): boolean => 'otlp_http' in exporter || 'otlp_grpc' in exporter;

function checkOf({
  exporter,
  signal,
  address,
  state,
  lastError = 'no answer in time',
}: DeliveryReport): Check {
  const common = {
    name: `${signal} ${exporter}`,
    ...(address !== undefined && { address }),
    isConfigured: true,
  };
  return state === 'ok'
    ? { ...common, ok: true, detail: 'accepts an empty export' }
    : { ...common, ok: false, problem: problem(lastError, exportRemedy(lastError)) };
}

/** Address of the first page for Prometheus. */
export interface MetricsPage {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
}

/** Returns the address of the first page for Prometheus; undefined if there is none, or if it has any free port. */
export function metricsPage({ model }: ResolvedConfiguration): MetricsPage | undefined {
  for (const { pull } of model.meter_provider?.readers ?? []) {
    const page = pull?.exporter['prometheus/development'];
    const [host, port] = [page?.host ?? '127.0.0.1', page?.port ?? 9464];
    if (pull && port !== 0) return { origin: pageUrl(host, port, ''), host, port };
  }
  return undefined;
}

/** Checks that the page for Prometheus is served by an agent, or could be. */
export async function checkPage(
  { host, port, origin }: MetricsPage,
  hasAgent: boolean,
  hasFile: boolean,
): Promise<Check> {
  const isConfigured = hasFile || PAGE_VARIABLES.some((name) => process.env[name]);
  const common = { name: 'metrics prometheus', address: origin, isConfigured };
  if (hasAgent) return { ...common, ok: true, detail: 'is served by the running agent' };
  const server = new PageServer();
  try {
    await server.listen(host, port);
    return { ...common, ok: true, detail: 'no agent runs; the address is free' };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const cause =
      code === 'EADDRINUSE' ? 'another program has the port (EADDRINUSE)' : `it cannot be used (${code})`;
    return { ...common, ok: false, problem: problem(cause, 'set another address with --host and --port') };
  } finally {
    server.close();
  }
}
