import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { ResolvedSettings } from './settings.js';

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
      `Cannot serve metrics on ${host}:${port} (${reason}). Set another port with prometheus.port or ` +
        'OTEL_EXPORTER_PROMETHEUS_PORT.',
      options,
    );
    this.name = 'PrometheusServerError';
  }
}

/** Starts the Prometheus endpoint. `ready` rejects with PrometheusServerError if the address cannot be bound. */
export function startPrometheus(settings: ResolvedSettings): {
  reader: PrometheusExporter;
  ready: Promise<void>;
} {
  const host = settings['prometheus.host'];
  const port = settings['prometheus.port'];
  const reader = new PrometheusExporter({
    host,
    port,
    endpoint: settings['prometheus.endpoint'],
    preventServerStart: true,
  });
  const ready = reader.startServer().catch((cause: unknown) => {
    throw new PrometheusServerError(host, port, { cause });
  });
  return { reader, ready };
}
