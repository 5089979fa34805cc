import type { AddressInfo, Server } from 'node:net';
import type { ExperimentalPrometheusMetricExporterConfigModel } from '@opentelemetry/configuration';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import { attributeFilter } from './attribute-filter.js';
import { printWarning } from './print-warning.js';
import { warnUnsupported } from './warn-unsupported.js';

/** Longest time that the page waits for attributes of the resource, ms. */
const RESOURCE_LIMIT_MS = 1000;
/** Errors that another port cannot mend. */
const HOST_ERRORS: readonly unknown[] = ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'EINVAL'];

/** The Prometheus endpoint could not be served. Rejects `Telemetry.ready`; `cause` is the server's error. */
export class PrometheusServerError extends Error {
  /** Identifies the class of error. */
  readonly code = 'SNAKEPIT_PROMETHEUS_SERVER';

  /**
   * Creates the error.
   *
   * @param host address of the endpoint
   * @param port port of the endpoint
   * @param options with the server's error as `cause`
   */
  constructor(host: string, port: number, options: ErrorOptions) {
    const reason = (options.cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
    const remedy = HOST_ERRORS.includes(reason)
      ? 'Set an address of this host with prometheus.host or OTEL_EXPORTER_PROMETHEUS_HOST.'
      : 'Set another port with prometheus.port or OTEL_EXPORTER_PROMETHEUS_PORT.';
    super(`Cannot serve metrics on ${host}:${port} (${reason}). ${remedy}`, options);
    this.name = 'PrometheusServerError';
  }
}

type PrometheusPage = NonNullable<ExperimentalPrometheusMetricExporterConfigModel> & {
  /** Path of the page. */
  readonly endpoint: string;
};

/**
 * Starts the Prometheus endpoint, once all attributes of the resource are known: the exporter reports an error for each scrape
 * before, and nothing else waits for them. `ready` rejects with PrometheusServerError if the address cannot be bound.
 */
export function startPrometheus(
  page: PrometheusPage,
  resource: Resource,
): { reader: PrometheusExporter; ready: Promise<void> } {
  const { scope_info_enabled, resource_constant_labels: labels, endpoint } = page;
  const host = page.host ?? '127.0.0.1';
  const port = page.port ?? 9464;
  const known = ['host', 'port', 'endpoint', 'scope_info_enabled', 'target_info_enabled/development'];
  warnUnsupported('prometheus', page, [...known, 'resource_constant_labels']);
  const reader = new PrometheusExporter({
    host,
    // The exporter replaces the number 0 by its default; Node takes the text.
    port: port === 0 ? ('0' as never) : port,
    endpoint,
    withoutScopeInfo: scope_info_enabled === false,
    withoutTargetInfo: page['target_info_enabled/development'] === false,
    ...(labels ? { withResourceConstantLabels: asExpression(attributeFilter(labels)) } : {}),
    preventServerStart: true,
  });
  const resolved = Promise.resolve(resource.waitForAsyncAttributes?.());
  const ready = withTimeout(RESOURCE_LIMIT_MS, resolved, undefined, { ref: false })
    .then(() => reader.startServer())
    .then(() => {
      if (port === 0) printPort(reader, host, endpoint);
    })
    .catch((cause: unknown) => {
      throw new PrometheusServerError(host, port, { cause });
    });
  return { reader, ready };
}

/** Nothing else reports the port that the system selected. */
function printPort(reader: PrometheusExporter, host: string, endpoint: string): void {
  const { _server: server } = reader as unknown as { _server: Server };
  printWarning(`metrics are served on http://${host}:${(server.address() as AddressInfo).port}${endpoint}`);
}

/** The exporter takes an expression and only calls `test`. */
const asExpression = (test: (name: string) => boolean): RegExp => ({ test }) as RegExp;
