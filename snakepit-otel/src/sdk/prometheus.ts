import cluster from 'node:cluster';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { ResolvedSettings } from './settings.js';

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
    super(
      `Cannot serve metrics on ${host}:${port} (${reason}). ${cluster.isWorker ? CLUSTER_ADVICE : ADVICE}`,
      options,
    );
    this.name = 'PrometheusServerError';
  }
}

/** Exporter with a server of its own: that of the base class keeps the process alive, and closes idle connections only. */
class PrometheusPage extends PrometheusExporter {
  readonly #server = createServer((request, response) => this.#respond(request, response)).unref();
  readonly #path: string;

  constructor(path: string) {
    super({ preventServerStart: true });
    this.#path = path;
    // A scraper that keeps its connection does not keep the process alive.
    this.#server.on('connection', (socket) => socket.unref());
  }

  /** Resolves when the address is bound. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      // Exclusive: the workers of a cluster would share the port, and each scrape would read another worker.
      this.#server.listen({ host, port, exclusive: true }, resolve);
    });
  }

  override async onShutdown(): Promise<void> {
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

/** Starts the Prometheus endpoint. `ready` rejects with PrometheusServerError if the address cannot be bound. */
export function startPrometheus(settings: ResolvedSettings): {
  reader: PrometheusExporter;
  ready: Promise<void>;
} {
  const host = settings['prometheus.host'];
  const port = settings['prometheus.port'];
  const reader = new PrometheusPage(settings['prometheus.endpoint']);
  const ready = reader.listen(host, port).catch((cause: unknown) => {
    throw new PrometheusServerError(host, port, { cause });
  });
  return { reader, ready };
}
