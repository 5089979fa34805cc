import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';
import { readEnvironmentValues } from '../configuration/environment-values.js';
import { addHealthPages, HEALTH_PATH, READY_PATH, type ReadinessSource } from '../sdk/health.js';
import { PageServer, pageUrl } from '../sdk/page-server.js';
import type { AgentFlags } from './agent-settings.js';

interface HealthOptions {
  /** Server of the first Prometheus endpoint. */
  readonly page: PageServer | undefined;
  readonly source: ReadinessSource;
  readonly flags: AgentFlags;
  /** Settles when the Prometheus endpoint is served, or cannot be. */
  readonly ready: Promise<void>;
}

/** Address of the pages in the start line, and a function that ends them. */
interface Health {
  readonly address: string | undefined;
  readonly end: () => void;
}

/**
 * Serves `/healthz` and `/readyz` beside `/metrics`. Without a Prometheus endpoint they have a server of their own, if its port is set.
 *
 * @throws what `ready` rejects with, and an Error if the server cannot listen
 */
export async function serveHealth({ page, source, flags, ready }: HealthOptions): Promise<Health> {
  const own = page === undefined ? ownAddress(flags) : undefined;
  if (page === undefined && own === undefined) {
    await ready;
    return { address: undefined, end: () => {} };
  }
  const server = page ?? new PageServer();
  const endPages = addHealthPages(server, source);
  const end = () => {
    endPages();
    server.close();
  };
  try {
    const bound = own && (await listen(server, own));
    await ready;
    if (bound !== undefined) return { address: pagesOf(bound), end };
    const metrics = source.exporters().find(({ exporter }) => exporter === 'prometheus')?.address;
    return { address: metrics && pagesOf(new URL(metrics).origin), end };
  } catch (error) {
    end();
    throw error;
  }
}

interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

async function listen(server: PageServer, { host, port }: HostAndPort): Promise<string> {
  try {
    return pageUrl(host, await server.listen(host, port), '');
  } catch (cause) {
    const reason = errorMessage(cause);
    throw new Error(
      `Cannot serve ${HEALTH_PATH} on ${host}:${port} (${reason}). Set another port with --port.`,
      { cause },
    );
  }
}

/** Address of the health pages without a Prometheus endpoint; undefined if no port is set. */
export function ownAddress({ host, port }: AgentFlags): HostAndPort | undefined {
  const { values } = readEnvironmentValues(process.env);
  const given = port ?? values.OTEL_EXPORTER_PROMETHEUS_PORT;
  if (given === undefined) return undefined;
  return { host: host ?? values.OTEL_EXPORTER_PROMETHEUS_HOST ?? '127.0.0.1', port: given };
}

const pagesOf = (base: string): string => `${base}${HEALTH_PATH}, ${READY_PATH}`;
