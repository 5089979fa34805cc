import { singleLine } from 'opentelemetry-instrumentation-snakepit/internal';
import { type ExportProblem, explainExport } from './export-problem.js';
import { CANCELED, ExporterRetries, type ExportResponse } from './exporter-retries.js';
import { type Rejection, rejectionIn } from './partial-success.js';
import type { ExitRequest } from './send-at-exit.js';
import { unrefAgent, unrefGrpcClient } from './unref-transport.js';

/** Control over the requests of an OTLP exporter. */
export interface ExporterTransport {
  /** Ends all requests and retries at once: their exports fail. Later requests work again. */
  abort(): void;
  /**
   * Shortens each wait before a retry to at most 1 s, unless the collector asked for it.
   *
   * @returns a function that ends this
   */
  hurry(): () => void;
  /** Returns the body of the request that `work` makes. */
  observe(work: () => void): Uint8Array | undefined;
  /** Returns the body of the request that `work` makes. It is not sent. */
  capture(work: () => void): Uint8Array | undefined;
  /** Describes the request with a body so that another thread can send it; undefined if it cannot. */
  describe(body: Uint8Array): ExitRequest | undefined;
  /** Returns what the collector rejected of the request whose export succeeds at this moment; undefined if nothing. */
  takeRejection(): Rejection | undefined;
  /** Returns what the collector rejected according to the body of its answer. */
  rejectionIn(answer: Uint8Array): Rejection | undefined;
  /** Number of timers that keep the process alive while a request runs. */
  readonly timerCount: number;
  /** Reason of the newest failure; undefined if there was none. */
  readonly problem: string | undefined;
  /** URL without credentials, or host and port. */
  readonly address: string | undefined;
}

/** The private fields of OTLP exporters (0.223) used here. They have no public way to end a request, a retry or a socket. */
interface OtlpExporter {
  readonly _delegate?: {
    _transport?: Transport & { readonly _transport?: InnerTransport };
    /** Receives the answer to an export just before its result. Logs what was rejected. */
    _responseHandler?: { handleResponse(answer: unknown): void };
    readonly _serializer?: { deserializeResponse(answer: Uint8Array): unknown };
  };
}

interface Transport {
  send(data: Uint8Array, timeoutMs: number): Promise<ExportResponse>;
  shutdown(): void;
  retry?(data: Uint8Array, timeoutMs: number, afterMs: number): Promise<ExportResponse>;
}

/** Sends over HTTP, or over gRPC. */
interface InnerTransport extends Transport {
  /** HTTP only; created at the first request, or by `_loadUtils`. */
  readonly _utils?: { readonly agent: Agent } | null;
  _loadUtils?(): Promise<unknown>;
  /** gRPC only; created at the first request. */
  _client?: GrpcClient | undefined;
  readonly _parameters?: {
    agentFactory?(protocol: string): Agent | Promise<Agent>;
    readonly url?: string;
    readonly headers?: () => Promise<Record<string, string>>;
    readonly compression?: string;
    readonly address?: string;
    readonly grpcPath?: string;
    readonly metadata?: () => { toHttp2Headers(): Record<string, string[]> };
    readonly credentials?: () => { _isSecure?(): boolean };
  };
}

interface Agent {
  readonly options: Readonly<Record<string, unknown>>;
  destroy(): void;
}

interface GrpcClient {
  getChannel?(): object;
  export(...args: unknown[]): { cancel(): void };
}

/**
 * Takes control over the transport of an OTLP exporter. Returns undefined for any other exporter.
 *
 * @param onFailure called for each attempt that fails, also if it is repeated
 */
export function controlTransport(
  exporter: object,
  onFailure: (problem: ExportProblem) => void,
): ExporterTransport | undefined {
  const delegate = (exporter as OtlpExporter)._delegate;
  const outer = delegate?._transport;
  if (delegate === undefined || outer === undefined) return undefined;
  const inner: InnerTransport = outer._transport ?? outer;
  const isGrpc = inner._parameters?.grpcPath !== undefined;
  const describe = describerOf(inner);
  const cancels = new Set<() => void>();
  let newest: Uint8Array | undefined;
  let isCapturing = false;
  let isAborted = false;
  let running = 0;
  let problem: string | undefined;
  let rejection: Rejection | undefined;

  const { _responseHandler: logAnswer } = delegate;
  delegate._responseHandler = {
    handleResponse(answer) {
      rejection = rejectionIn(answer);
      logAnswer?.handleResponse(answer);
    },
  };
  const sendOnce = inner.send.bind(inner);
  const retries = new ExporterRetries(async (data, timeoutMs) => {
    const response = await sendOnce(data, timeoutMs);
    if (response.status !== 'success' && !isAborted) {
      problem = describeProblem(response);
      onFailure(explainExport(response.error));
    }
    return response;
  });
  inner.send = retries.send;
  if (outer.retry !== undefined) {
    // An aborted request fails like one that may be retried.
    outer.retry = (...args) => (isAborted ? Promise.resolve(CANCELED) : retries.retry(...args));
  }
  if (isGrpc) trackGrpcCalls(inner, cancels);
  else unrefRequests(inner);
  delegate._transport = {
    send(data, timeoutMs) {
      newest = data;
      isAborted = false;
      if (isCapturing) return new Promise<never>(() => {});
      running++;
      return outer.send(data, timeoutMs).finally(() => running--);
    },
    shutdown: () => outer.shutdown(),
  };
  const observe = (work: () => void) => {
    newest = undefined;
    work();
    return newest;
  };

  return {
    abort() {
      if (running > 0) problem ??= 'no answer in time';
      isAborted = true;
      retries.cancel();
      for (const cancel of [...cancels]) cancel();
      inner._utils?.agent.destroy();
      if (!isGrpc) return;
      inner.shutdown();
      inner._client = undefined;
    },
    hurry: () => retries.hurry(),
    observe,
    capture(work) {
      isCapturing = true;
      try {
        return observe(work);
      } finally {
        isCapturing = false;
      }
    },
    describe,
    takeRejection() {
      const taken = rejection;
      rejection = undefined;
      return taken;
    },
    rejectionIn(answer) {
      try {
        return rejectionIn(delegate._serializer?.deserializeResponse(answer));
      } catch {
        // The answer is not one of OTLP.
        return undefined;
      }
    },
    // The deadline of a gRPC call.
    timerCount: isGrpc ? 1 : 0,
    get problem() {
      return problem;
    },
    address: withoutCredentials(inner._parameters?.url ?? inner._parameters?.address),
  };
}

/** Returns a URL without its login, and without its query, which may contain a key. */
function withoutCredentials(address: string | undefined): string | undefined {
  if (address === undefined || !address.includes('://') || !URL.canParse(address)) return address;
  const { protocol, host, pathname } = new URL(address);
  return `${protocol}//${host}${pathname}`;
}

function describeProblem({ status, error }: ExportResponse): string {
  if (error === undefined) return status === 'retryable' ? 'the collector is not available' : 'unknown error';
  const { code, message } = error as NodeJS.ErrnoException;
  // Node joins the errors of several addresses of one host in an error without a message.
  return singleLine(message || String(code));
}

function unrefRequests({ _parameters: parameters }: InnerTransport): void {
  const create = parameters?.agentFactory;
  if (parameters === undefined || create === undefined) return;
  parameters.agentFactory = async (protocol) => unrefAgent(await create(protocol));
}

/** Keeps the running calls of each client that the transport creates. They do not keep the process alive. */
function trackGrpcCalls(inner: InnerTransport, cancels: Set<() => void>): void {
  let client: GrpcClient | undefined;
  Object.defineProperty(inner, '_client', {
    get: () => client,
    set(created: GrpcClient | undefined) {
      client = created;
      if (created === undefined) return;
      const send = created.export;
      created.export = (...args) => {
        const done = args.pop() as (...results: unknown[]) => void;
        const stopUnref = unrefGrpcClient(created);
        const call = send.call(created, ...args, (...results: unknown[]) => {
          stopUnref();
          cancels.delete(cancel);
          done(...results);
        });
        const cancel = () => call.cancel();
        cancels.add(cancel);
        return call;
      };
    },
  });
}

const TLS_OPTIONS = ['ca', 'cert', 'key', 'passphrase', 'rejectUnauthorized', 'servername'];

/** Returns a function that describes a request so that another thread can send it. */
function describerOf(inner: InnerTransport): (body: Uint8Array) => ExitRequest | undefined {
  const { url, headers, compression, address, grpcPath, metadata, credentials } = inner._parameters ?? {};
  if (grpcPath !== undefined) {
    return (body) => {
      if (address === undefined || credentials?.()._isSecure?.() !== false) return undefined;
      return {
        kind: 'grpc',
        url: `http://${address}`,
        path: grpcPath,
        headers: metadata?.().toHttp2Headers() ?? {},
        body,
      };
    };
  }
  // The agent knows the certificates, and the process may exit before the first request.
  if (url?.startsWith('https:')) inner._loadUtils?.().catch(() => {});
  let known: Record<string, string> | undefined;
  void headers?.().then(
    (given) => {
      known = given;
    },
    () => {},
  );
  return (body) => {
    if (url === undefined || known === undefined) return undefined;
    const options = inner._utils?.agent.options ?? {};
    const given = TLS_OPTIONS.filter((name) => options[name] !== undefined);
    const tls = Object.fromEntries(given.map((name) => [name, options[name]]));
    return { kind: 'http', url, headers: known, gzip: compression === 'gzip', tls, body };
  };
}
