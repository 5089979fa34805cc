import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { ResolvedSettings } from './settings.js';

/** Told when the metrics page cannot be served. */
export class PrometheusServerError extends Error {
  readonly code = 'SNAKEPIT_PROMETHEUS_SERVER';
  constructor(host: string, port: number, options: ErrorOptions) {
    const reason = (options.cause as NodeJS.ErrnoException | undefined)?.code ?? 'unknown error';
    super(
      `The metrics page cannot be served on ${host}:${port} (${reason}). Choose another port with ` +
        'prometheus.port or OTEL_EXPORTER_PROMETHEUS_PORT.',
      options,
    );
    this.name = 'PrometheusServerError';
  }
}

/** Opens the metrics page. `ready` rejects with PrometheusServerError when the port cannot be had. */
export function openPrometheus(settings: ResolvedSettings): {
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
