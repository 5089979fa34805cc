import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect } from 'vitest';
import {
  type Backends,
  environmentOf,
  installBackends,
  startBackends,
} from '../../scripts/backends/backends.mjs';
import { BackendUnavailable } from '../../scripts/backends/command.mjs';
import { stopProgram } from '../../scripts/backends/program.mjs';

export type Installed = Awaited<ReturnType<typeof installBackends>>;

/** Returns the programs of the backends. If they cannot be installed, skips the tests of the calling file. */
export const installed = (): Promise<Installed> =>
  skippedIfUnavailable(installBackends, { collector: '', jaeger: '', prometheus: '', promtool: '' });

/** Installs a program. If that is impossible, skips the tests of the calling file or suite, and returns `absent`. */
export async function skippedIfUnavailable<T>(install: () => Promise<T>, absent: T): Promise<T> {
  try {
    return await install();
  } catch (error) {
    if (!(error instanceof BackendUnavailable)) throw error;
    beforeEach(({ skip }) => skip(error.message));
    return absent;
  }
}

/** Creates a folder for the calling test file, removed after it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snakepit-e2e-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Starts the real Collector, Jaeger and Prometheus with this repository's configuration on free ports, for one test file.
 *
 * @param options.scrape additional Prometheus targets: job → host:port
 */
export async function runningBackends(options: { scrape?: Record<string, string> } = {}) {
  const programs = await installed();
  const folder = await temporaryFolder();
  if (programs.collector === '') return { programs, folder, backends: undefined, ...queries('', '') };
  const backends: Backends = await startBackends({ folder, ports: 'any', scrapeInterval: '1s', ...options });
  afterAll(async () => void (await Promise.all(backends.programs.map(stopProgram))), 60_000);
  const { JAEGER_QUERY_URL, PROMETHEUS_URL } = environmentOf(backends);
  return { programs, folder, backends, ...queries(JAEGER_QUERY_URL, PROMETHEUS_URL) };
}

/** Options of `vi.waitFor` for data to arrive, also on a machine under load. */
export const eventually = { timeout: 60_000, interval: 250 };

/** A span of Jaeger's query API. */
export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
  readonly duration: number;
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
  readonly logs: readonly { readonly fields: readonly { readonly key: string; readonly value: unknown }[] }[];
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Record<string, { readonly serviceName: string; readonly tags: JaegerSpan['tags'] }>;
}

export interface Series {
  readonly metric: Record<string, string>;
  readonly value: number;
}

function queries(jaegerUrl: string, prometheusUrl: string) {
  return {
    /** Returns the newest traces of a service. */
    traces: async (service: string, limit = 1500): Promise<readonly JaegerTrace[]> =>
      (await json<{ data: JaegerTrace[] }>(`${jaegerUrl}/api/traces?service=${service}&limit=${limit}`)).data,
    /** Returns the trace with an id. Rejects if there is none. */
    trace: async (id: string): Promise<JaegerTrace> => {
      const { data } = await json<{ data: JaegerTrace[] | null }>(`${jaegerUrl}/api/traces/${id}`);
      if (data?.[0] === undefined) throw new Error(`no trace ${id}`);
      return data[0];
    },
    services: async (): Promise<readonly string[]> =>
      (await json<{ data: string[] }>(`${jaegerUrl}/api/services`)).data,
    operations: async (service: string): Promise<readonly string[]> =>
      (await json<{ data: string[] }>(`${jaegerUrl}/api/services/${service}/operations`)).data,
    /** Evaluates a PromQL expression now. */
    query: async (expression: string): Promise<readonly Series[]> => {
      const response = await json<PrometheusResponse>(
        `${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      expect(response, expression).toMatchObject({ status: 'success' });
      return response.data.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
    },
  };
}

interface PrometheusResponse {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
  };
}

const json = async <Body>(url: string) => (await (await fetch(url)).json()) as Body;

export const tag = ({ tags }: Pick<JaegerSpan, 'tags'>, key: string) =>
  tags.find((entry) => entry.key === key)?.value;

/** Returns the span events as objects. */
export const spanEvents = ({ logs }: JaegerSpan): readonly Record<string, unknown>[] =>
  logs.map(({ fields }) => Object.fromEntries(fields.map(({ key, value }) => [key, value])));

/** Returns the id of the parent span; `undefined` for a root. */
export const parentId = ({ references }: JaegerSpan) =>
  references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
