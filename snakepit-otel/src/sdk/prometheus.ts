import cluster from 'node:cluster';
import type { ExperimentalPrometheusMetricExporterConfigModel } from '@opentelemetry/configuration';
import { type ExporterConfig, PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import { attributeFilter } from './attribute-filter.js';
import { accountDelivery } from './current-accounting.js';
import type { Delivery } from './delivery.js';
import { PageServer, pageUrl } from './page-server.js';
import { printWarning } from './print-warning.js';
import { warnUnsupported } from './warn-unsupported.js';

/** Longest time that the page waits for attributes of the resource, ms. */
const RESOURCE_LIMIT_MS = 1000;
/** Errors that another port cannot mend. */
const HOST_ERRORS: readonly unknown[] = ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'EINVAL'];
const HOST_ADVICE =
  'Set an address of this host with prometheus.host, OTEL_EXPORTER_PROMETHEUS_HOST or --host of the agent.';

const ADVICE = 'Set another port with prometheus.port, OTEL_EXPORTER_PROMETHEUS_PORT or --port of the agent.';
const CLUSTER_ADVICE =
  'A page has the metrics of one process only. In a cluster, give each worker its own port (prometheus: { port: 9464 + ' +
  'cluster.worker.id }), or export over OTLP, where the backend adds the workers up.';

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
    const portAdvice = cluster.isWorker ? CLUSTER_ADVICE : ADVICE;
    const advice = HOST_ERRORS.includes(reason) ? HOST_ADVICE : portAdvice;
    super(`Cannot serve metrics on ${host}:${port} (${reason}). ${advice}`, options);
    this.name = 'PrometheusServerError';
  }
}

/** Exporter with a server of its own: that of the base class keeps the process alive, and closes idle connections only. */
class PrometheusPage extends PrometheusExporter {
  readonly server = new PageServer();

  constructor(path: string, delivery: Delivery, options: ExporterConfig) {
    super({ ...options, preventServerStart: true });
    this.server.add(path, (request, response) => {
      response.once('finish', () => delivery.succeed(1));
      this.getMetricsRequestHandler(request, response);
    });
  }

  override async onShutdown(): Promise<void> {
    this.server.close();
    await super.onShutdown();
  }
}

type PageModel = NonNullable<ExperimentalPrometheusMetricExporterConfigModel> & {
  /** Path of the page. */
  readonly endpoint: string;
};

/**
 * Starts the Prometheus endpoint, once all attributes of the resource are known: the exporter reports an error for each scrape
 * before, and nothing else waits for them. `ready` rejects with PrometheusServerError if the address cannot be bound.
 */
export function startPrometheus(
  page: PageModel,
  resource: Resource,
): { reader: PrometheusExporter; ready: Promise<void>; server: PageServer } {
  const { scope_info_enabled, resource_constant_labels: labels, endpoint } = page;
  const known = ['host', 'port', 'endpoint', 'scope_info_enabled', 'target_info_enabled/development'];
  warnUnsupported('prometheus', page, [...known, 'resource_constant_labels']);
  const delivery = accountDelivery('prometheus', 'metrics');
  const reader = new PrometheusPage(endpoint, delivery, {
    withoutScopeInfo: scope_info_enabled === false,
    withoutTargetInfo: page['target_info_enabled/development'] === false,
    ...(labels ? { withResourceConstantLabels: asExpression(attributeFilter(labels)) } : {}),
  });
  return { reader, ready: serve(reader.server, page, delivery, resource), server: reader.server };
}

async function serve(
  server: PageServer,
  { endpoint, host: givenHost, port: givenPort }: PageModel,
  delivery: Delivery,
  resource: Resource,
): Promise<void> {
  const host = givenHost ?? '127.0.0.1';
  const port = givenPort ?? 9464;
  delivery.address = pageUrl(host, port, endpoint);
  const resolved = Promise.resolve(resource.waitForAsyncAttributes?.());
  await withTimeout(RESOURCE_LIMIT_MS, resolved, undefined, { ref: false });
  try {
    const bound = await server.listen(host, port);
    if (port !== 0 || bound === 0) return;
    // Nothing else reports the port that the system selected.
    delivery.address = pageUrl(host, bound, endpoint);
    printWarning(`metrics are served on ${pageUrl(host, bound, endpoint)}`, 'info');
  } catch (cause) {
    const error = new PrometheusServerError(host, port, { cause });
    delivery.fail(error.message);
    throw error;
  }
}

/** The exporter takes an expression and only calls `test`. */
const asExpression = (test: (name: string) => boolean): RegExp => ({ test }) as RegExp;
