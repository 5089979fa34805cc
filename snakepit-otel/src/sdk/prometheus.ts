import cluster from 'node:cluster';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExperimentalPrometheusMetricExporterConfigModel } from '@opentelemetry/configuration';
import { type ExporterConfig, PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { Resource } from '@opentelemetry/resources';
import { withTimeout } from 'opentelemetry-instrumentation-snakepit/internal';
import { attributeFilter } from './attribute-filter.js';
import { printWarning } from './print-warning.js';
import { warnUnsupported } from './warn-unsupported.js';

/** Longest time that the page waits for attributes of the resource, ms. */
const RESOURCE_LIMIT_MS = 1000;
/** Errors that another port cannot mend. */
const HOST_ERRORS: readonly unknown[] = ['ENOTFOUND', 'EADDRNOTAVAIL', 'EAI_AGAIN', 'EINVAL'];
const HOST_ADVICE = 'Set an address of this host with prometheus.host or OTEL_EXPORTER_PROMETHEUS_HOST.';

const ADVICE = 'Set another port with prometheus.port or OTEL_EXPORTER_PROMETHEUS_PORT.';
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
  readonly #server = createServer((request, response) => this.#respond(request, response)).unref();
  readonly #path: string;
  #isClosed = false;

  constructor(path: string, options: ExporterConfig) {
    super({ ...options, preventServerStart: true });
    this.#path = path;
    // A scraper that keeps its connection does not keep the process alive.
    this.#server.on('connection', (socket) => socket.unref());
  }

  /** Resolves with the port when the address is bound. */
  listen(host: string, port: number): Promise<number> {
    // Shut down while the attributes of the resource were read.
    if (this.#isClosed) return Promise.resolve(port);
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      // Exclusive: the workers of a cluster would share the port, and each scrape would read another worker.
      this.#server.listen({ host, port, exclusive: true }, () =>
        resolve((this.#server.address() as AddressInfo).port),
      );
    });
  }

  override async onShutdown(): Promise<void> {
    this.#isClosed = true;
    this.#server.close();
    this.#server.closeAllConnections();
    await super.onShutdown();
  }

  #respond(request: IncomingMessage, response: ServerResponse): void {
    const [path] = (request.url ?? '').split('?');
    if (path === this.#path) this.getMetricsRequestHandler(request, response);
    else response.writeHead(404).end();
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
): { reader: PrometheusExporter; ready: Promise<void> } {
  const { scope_info_enabled, resource_constant_labels: labels, endpoint } = page;
  const host = page.host ?? '127.0.0.1';
  const port = page.port ?? 9464;
  const known = ['host', 'port', 'endpoint', 'scope_info_enabled', 'target_info_enabled/development'];
  warnUnsupported('prometheus', page, [...known, 'resource_constant_labels']);
  const reader = new PrometheusPage(endpoint, {
    withoutScopeInfo: scope_info_enabled === false,
    withoutTargetInfo: page['target_info_enabled/development'] === false,
    ...(labels ? { withResourceConstantLabels: asExpression(attributeFilter(labels)) } : {}),
  });
  return { reader, ready: serve(reader, host, port, page, resource) };
}

async function serve(
  reader: PrometheusPage,
  host: string,
  port: number,
  { endpoint }: PageModel,
  resource: Resource,
): Promise<void> {
  const resolved = Promise.resolve(resource.waitForAsyncAttributes?.());
  await withTimeout(RESOURCE_LIMIT_MS, resolved, undefined, { ref: false });
  try {
    const bound = await reader.listen(host, port);
    // Nothing else reports the port that the system selected.
    if (port === 0 && bound !== 0) printWarning(`metrics are served on http://${host}:${bound}${endpoint}`);
  } catch (cause) {
    throw new PrometheusServerError(host, port, { cause });
  }
}

/** The exporter takes an expression and only calls `test`. */
const asExpression = (test: (name: string) => boolean): RegExp => ({ test }) as RegExp;
