import { readFileSync } from 'node:fs';
import type { OtlpGrpcExporterConfigModel, OtlpHttpExporterConfigModel } from '@opentelemetry/configuration';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { errorMessage, MAX_TIMER_MS } from 'opentelemetry-instrumentation-snakepit/internal';
import { otlpHeaders } from '../configuration/merge-lists.js';
import { describeHeaderProblem, grpcTarget } from '../configuration/parse-variable.js';
import { optionalRequire } from './optional-require.cjs';
import {
  loadLogsJson,
  loadLogsProtobuf,
  loadMetricsJson,
  loadMetricsProtobuf,
  loadTracesJson,
  loadTracesProtobuf,
} from './otlp-http-exporters.cjs';
import { printWarning } from './print-warning.js';

/** Options that all exporters have, and those of their signal. */
interface ExporterOptions {
  readonly url?: string | undefined;
  readonly headers?: Record<string, string> | undefined;
  readonly httpAgentOptions?: object;
  readonly metadata?: unknown;
  readonly credentials?: unknown;
  readonly timeoutMillis?: number | undefined;
  // A value of `CompressionAlgorithm`, an enum of a package that this one does not depend on.
  readonly compression?: never;
}

type Exporter<T> = new (options: ExporterOptions) => T;

/** The exporters of one signal, by encoding and transport. */
interface ExporterFamily<T> {
  /** Load a class when it is needed. */
  readonly http: { readonly json: () => Exporter<T>; readonly protobuf: () => Exporter<T> };
  readonly grpc: { readonly package: string; readonly exporter: string };
}

const TRACES: ExporterFamily<SpanExporter> = {
  http: { json: loadTracesJson, protobuf: loadTracesProtobuf },
  grpc: { package: '@opentelemetry/exporter-trace-otlp-grpc', exporter: 'OTLPTraceExporter' },
};
const METRICS: ExporterFamily<PushMetricExporter> = {
  http: { json: loadMetricsJson as never, protobuf: loadMetricsProtobuf as never },
  grpc: { package: '@opentelemetry/exporter-metrics-otlp-grpc', exporter: 'OTLPMetricExporter' },
};
const LOGS: ExporterFamily<LogRecordExporter> = {
  http: { json: loadLogsJson, protobuf: loadLogsProtobuf },
  grpc: { package: '@opentelemetry/exporter-logs-otlp-grpc', exporter: 'OTLPLogExporter' },
};

/** Creates the exporter of one signal from its entry in the model. */
export type OtlpFactory<T> = {
  readonly http: (model: OtlpHttpExporterConfigModel, ofSignal?: object) => T;
  readonly grpc: (model: OtlpGrpcExporterConfigModel, ofSignal?: object) => T;
};

const factory = <T>(family: ExporterFamily<T>): OtlpFactory<T> => ({
  http: (model, ofSignal) => createHttp(family, model ?? {}, ofSignal),
  grpc: (model, ofSignal) => createGrpc(family, model ?? {}, ofSignal),
});
export const otlpTraces = factory(TRACES);
export const otlpMetrics = factory(METRICS);
export const otlpLogs = factory(LOGS);

type HttpModel = NonNullable<OtlpHttpExporterConfigModel>;
type GrpcModel = NonNullable<OtlpGrpcExporterConfigModel>;

function createHttp<T>(family: ExporterFamily<T>, model: HttpModel, ofSignal: object = {}): T {
  const { ca_file: ca, cert_file: cert, key_file: key } = model.tls ?? {};
  const Exporter = family.http[model.encoding ?? 'protobuf']();
  return new Exporter({
    ...ofSignal,
    ...commonOptions(model),
    url: model.endpoint ?? undefined,
    headers: headersOf(model),
    httpAgentOptions: { keepAlive: true, ...readFiles({ ca, cert, key }) },
  });
}

function createGrpc<T>(family: ExporterFamily<T>, model: GrpcModel, ofSignal: object = {}): T {
  const { Exporter, grpc } = loadGrpc(family);
  return new Exporter({
    ...ofSignal,
    ...commonOptions(model),
    url: model.endpoint ? grpcTarget(model.endpoint) : undefined,
    metadata: grpcMetadata(grpc, headersOf(model) ?? {}),
    credentials: grpcCredentials(grpc, model),
  });
}

const commonOptions = ({ timeout, compression }: HttpModel | GrpcModel) => ({
  timeoutMillis: unlimitedIfZero(timeout),
  compression: (compression ?? undefined) as never,
});

/** Returns a time limit for the SDK, which has no value for "no limit". */
export const unlimitedIfZero = (limit: number | null | undefined): number | undefined =>
  limit === 0 ? MAX_TIMER_MS : (limit ?? undefined);

function headersOf({ headers, headers_list }: HttpModel | GrpcModel): Record<string, string> | undefined {
  const merged = otlpHeaders(headers, headers_list, printWarning);
  for (const [name, value] of Object.entries(merged ?? {})) {
    const problem = describeHeaderProblem(name, value);
    if (problem !== undefined) throw headerError(name, problem);
  }
  return merged;
}

const headerError = (name: string, problem: string) =>
  new ConfigurationError('header of OTLP', name, `headers that the transport accepts (${problem})`);

/** Reads the files of keys and certificates. */
function readFiles(paths: Readonly<Record<string, string | null | undefined>>): Record<string, Buffer> {
  return Object.fromEntries(
    Object.entries(paths).flatMap(([name, path]) => (path ? [[name, readFile(path)]] : [])),
  );
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigurationError('file for TLS', path, `a readable file (${errorMessage(error)})`);
  }
}

interface Grpc {
  readonly Metadata: new () => { set(key: string, value: string): void };
  readonly credentials: {
    createInsecure(): unknown;
    createSsl(ca?: Buffer, key?: Buffer, certificate?: Buffer): unknown;
  };
}

function loadGrpc<T>(family: ExporterFamily<T>): { Exporter: Exporter<T>; grpc: Grpc } {
  try {
    const exporters = optionalRequire(family.grpc.package) as Record<string, Exporter<T>>;
    const Exporter = exporters[family.grpc.exporter];
    if (Exporter === undefined) throw new Error(`${family.grpc.package} has no ${family.grpc.exporter}`);
    return { Exporter, grpc: optionalRequire('@grpc/grpc-js') as Grpc };
  } catch (error) {
    const allowed = `http/protobuf, http/json, or grpc after npm install ${family.grpc.package}`;
    throw Object.assign(new ConfigurationError('otlp.protocol', 'grpc', allowed), { cause: error });
  }
}

function grpcMetadata({ Metadata }: Grpc, headers: Readonly<Record<string, string>>): unknown {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) {
    try {
      metadata.set(name, value);
    } catch {
      // The message of the library contains the value, which may be a secret.
      throw headerError(name, 'gRPC refuses its name or its value');
    }
  }
  return metadata;
}

/** An `http` or `https` scheme decides; without a scheme, `insecure` does. */
function grpcCredentials({ credentials }: Grpc, { endpoint, tls }: GrpcModel): unknown {
  const url = endpoint ?? 'http://localhost:4317';
  const isInsecure = /^http:/i.test(url) || (!/^https:/i.test(url) && tls?.insecure === true);
  if (isInsecure) return credentials.createInsecure();
  const { ca, key, cert } = readFiles({ ca: tls?.ca_file, key: tls?.key_file, cert: tls?.cert_file });
  // gRPC refuses a key without a certificate.
  return key && cert ? credentials.createSsl(ca, key, cert) : credentials.createSsl(ca);
}
