import { errorMessage } from 'opentelemetry-instrumentation-snakepit/internal';

/** Why an export failed, in plain words. */
export interface ExportProblem {
  readonly cause: string;
  /** What to do about it; absent if that is not known. */
  readonly remedy?: string;
}

const NO_ANSWER: ExportProblem = {
  cause: 'no answer in time',
  remedy: 'check the address, the load of the collector, and a proxy or firewall before it',
};
const UNTRUSTED: ExportProblem = {
  cause: 'the certificate of the collector is not trusted',
  remedy: 'set OTEL_EXPORTER_OTLP_CERTIFICATE to the file of its certificate authority',
};
const CLOSED: ExportProblem = {
  cause: 'the connection was closed before an answer came',
  remedy: 'check the log of the collector, and whether the port is the one of this protocol',
};
const CREDENTIALS: ExportProblem = {
  cause: 'the credentials are missing or wrong',
  remedy: 'set OTEL_EXPORTER_OTLP_HEADERS, such as authorization=Bearer%20TOKEN',
};
const FORBIDDEN: ExportProblem = {
  cause: 'the credentials do not allow it',
  remedy: 'use credentials that may send this signal',
};
const OVERLOADED: ExportProblem = {
  cause: 'the collector does not accept more now: it is overloaded, or starts',
  remedy: 'wait, or give the collector more memory',
};
const TOO_LARGE: ExportProblem = {
  cause: 'the collector refuses a request of this size',
  remedy: 'lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE or OTEL_BLRP_MAX_EXPORT_BATCH_SIZE, or raise its limit',
};

/** Problems by the code of an error of the system, an HTTP status, or a status of gRPC. */
const PROBLEMS: Readonly<Record<string, ExportProblem>> = {
  ECONNREFUSED: {
    cause: 'connection refused: nothing listens there',
    remedy: 'start a collector, or correct the endpoint of the exporter',
  },
  ENOTFOUND: {
    cause: 'the host name does not exist in DNS',
    remedy: 'check the host name in the endpoint',
  },
  EAI_AGAIN: { cause: 'DNS does not answer', remedy: 'check the name server of this host' },
  ETIMEDOUT: NO_ANSWER,
  EHOSTUNREACH: { cause: 'the host cannot be reached', remedy: 'check the address and the network' },
  ENETUNREACH: { cause: 'the network cannot be reached', remedy: 'check the address and the network' },
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  EPROTO: {
    cause: 'the collector does not speak TLS',
    remedy: 'use http:// in the endpoint, or turn on TLS in the collector',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: { cause: 'the certificate of the collector has expired', remedy: 'renew it' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    cause: 'the certificate of the collector is for another host name',
    remedy: 'use a host name that it names',
  },
  HPE_INVALID_CONSTANT: {
    cause: 'the collector does not speak HTTP/1.1',
    remedy: 'use its port for HTTP, usually 4318; 4317 is for the protocol grpc',
  },
  400: { cause: 'the collector cannot read the request', remedy: 'check the protocol and the endpoint' },
  401: CREDENTIALS,
  403: FORBIDDEN,
  404: {
    cause: 'the collector has no such path',
    remedy:
      'OTEL_EXPORTER_OTLP_ENDPOINT is a base URL, such as http://collector:4318; an endpoint in a file has its path',
  },
  405: { cause: 'the server does not receive OTLP', remedy: 'check host and port of the endpoint' },
  413: TOO_LARGE,
  415: { cause: 'the collector does not know this encoding', remedy: 'set OTEL_EXPORTER_OTLP_PROTOCOL' },
  429: OVERLOADED,
  502: OVERLOADED,
  503: OVERLOADED,
  504: OVERLOADED,
  4: NO_ANSWER,
  7: FORBIDDEN,
  8: OVERLOADED,
  12: {
    cause: 'the server does not receive this signal over gRPC',
    remedy: 'check host and port of the endpoint, and the pipelines of the collector',
  },
  14: {
    cause: 'the collector cannot be reached',
    remedy: 'start a collector, or correct the endpoint of the exporter',
  },
  16: CREDENTIALS,
};
/** Codes of the system in messages of gRPC, which has a code of its own. */
const SYSTEM_CODES = /\b(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET)\b/;

/** Explains the error of an export. @param error of the attempt; undefined if the collector asked to try again later */
export function explainExport(error: unknown): ExportProblem {
  if (error === undefined) return OVERLOADED;
  const { code } = error as { readonly code?: unknown };
  const message = errorMessage(error);
  const [inner] = SYSTEM_CODES.exec(message) ?? [];
  const problem = PROBLEMS[inner ?? String(code)];
  if (problem !== undefined) return { ...problem, cause: `${problem.cause} (${nameOf(inner ?? code)})` };
  if (/timed out|timeout/i.test(message)) return NO_ANSWER;
  if (/wrong version number/i.test(message)) return PROBLEMS.EPROTO as ExportProblem;
  if (/socket hang up/.test(message)) return CLOSED;
  if (typeof code === 'number') return { cause: `${nameOf(code)}: ${message}` };
  return { cause: message || String(code ?? 'unknown error') };
}

/** Returns what to do about a cause that {@link explainExport} has named. */
export const exportRemedy = (cause: string): string | undefined =>
  Object.values(PROBLEMS).find((problem) => cause.startsWith(problem.cause))?.remedy;

const nameOf = (code: unknown): string =>
  typeof code === 'number' ? (code < 100 ? `gRPC status ${code}` : `HTTP ${code}`) : String(code);
