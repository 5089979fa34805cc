import { withoutVariables } from '../../configuration/with-environment.js';
import { accountExports } from '../current-accounting.js';
import type { ExportSignal } from '../export-signal.js';
import type { OtlpFactory } from '../otlp.js';
import type { Encoding, ForwardedRequest } from './forwarded-request.js';

/** Entry of an OTLP exporter in the model: its kind and its properties. */
export type OtlpEntry = readonly [kind: 'otlp_http' | 'otlp_grpc', properties: object];

/** What became of a request: it was exported, the collector refuses it for good, or it can be sent again. */
export type Outcome = 'exported' | 'refused' | 'retry';

interface ExportResult {
  readonly code: number;
  readonly error?: Error;
}

interface Exporter {
  export(request: ForwardedRequest, done: (result: ExportResult) => void): void;
}

/** The private fields of OTLP exporters (0.223) that encode and count items. They have no public way to send a body. */
interface SerializingExporter {
  readonly _delegate: {
    _serializer: { serializeRequest(items: unknown): Uint8Array };
    _metrics: { startExport(items: unknown): () => void };
  };
}

/** An error of gRPC, or of HTTP, which has no metadata. */
interface GrpcError {
  readonly code?: unknown;
  readonly metadata?: { get(key: string): readonly unknown[] };
}

const SUCCESS = 0;
const NAME = 'otlp, forwarded';
const DEFAULT_PORT = { otlp_http: 4318, otlp_grpc: 4317 };
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '[::1]'];
/** Statuses of HTTP after which the same request may succeed: https://opentelemetry.io/docs/specs/otlp/#failures-1 */
const RETRYABLE_HTTP = [429, 502, 503, 504];
const HTTP_ERROR = 400;
/** Codes of gRPC after which it does not: https://opentelemetry.io/docs/specs/otlp/#failures */
const FINAL_GRPC = [3, 5, 6, 7, 9, 12, 13, 16];
/** A request that is too large has this code, and so has a collector that is overloaded: the latter sends details. */
const RESOURCE_EXHAUSTED = 8;
const GRPC_DETAILS = 'grpc-status-details-bin';

/** Sends requests of other processes to the collector of one OTLP exporter, with its settings. */
export class ForwardExporter {
  readonly signal: ExportSignal;
  readonly #factory: OtlpFactory<object>;
  readonly #entry: OtlpEntry;
  readonly #exporters = new Map<Encoding, Exporter>();

  constructor(signal: ExportSignal, factory: OtlpFactory<object>, entry: OtlpEntry) {
    this.signal = signal;
    this.#factory = factory;
    this.#entry = entry;
  }

  /** Returns true if the collector is a port of this host. */
  isLocalPort(port: number): boolean {
    const { endpoint } = this.#entry[1] as { readonly endpoint?: string | null };
    if (!endpoint) return port === DEFAULT_PORT[this.#entry[0]];
    const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
    return url !== undefined && Number(url.port) === port && LOCAL_HOSTS.includes(url.hostname);
  }

  /** Returns true if requests with the encoding can be sent: gRPC has no JSON. */
  accepts(encoding: Encoding): boolean {
    return encoding === 'protobuf' || this.#entry[0] === 'otlp_http';
  }

  /** Sends a request, several times if the collector cannot take it at once. Never rejects. */
  send(request: ForwardedRequest): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#exporterFor(request.encoding).export(request, ({ code, error }) => {
        if (code === SUCCESS) resolve('exported');
        else resolve(isFinal(error) ? 'refused' : 'retry');
      });
    });
  }

  #exporterFor(encoding: Encoding): Exporter {
    const known = this.#exporters.get(encoding);
    if (known !== undefined) return known;
    const [kind, properties] = this.#entry;
    const created = withoutVariables(() =>
      kind === 'otlp_http' ? this.#factory.http({ ...properties, encoding }) : this.#factory.grpc(properties),
    );
    const { _delegate: delegate } = created as SerializingExporter;
    delegate._serializer = Object.assign(Object.create(delegate._serializer), {
      serializeRequest: ({ body }: ForwardedRequest) => body,
    });
    // It counts the items of this process only.
    delegate._metrics = { startExport: () => () => {} };
    const exporter = accountExports(created, this.signal, NAME) as Exporter;
    this.#exporters.set(encoding, exporter);
    return exporter;
  }
}

function isFinal(error: Error | undefined): boolean {
  const { code, metadata } = (error ?? {}) as GrpcError;
  if (typeof code !== 'number') return false;
  if (code === RESOURCE_EXHAUSTED) return (metadata?.get(GRPC_DETAILS).length ?? 0) === 0;
  return code >= HTTP_ERROR ? !RETRYABLE_HTTP.includes(code) : FINAL_GRPC.includes(code);
}
