import { OTLPLogExporter as LogsHttpJson } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as LogsHttpProtobuf } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPMetricExporter as MetricsHttpJson } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPMetricExporter as MetricsHttpProtobuf } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter as TracesHttpJson } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as TracesHttpProtobuf } from '@opentelemetry/exporter-trace-otlp-proto';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { optionalRequire } from './optional-require.cjs';
import type { ResolvedConfiguration, Signal } from './resolve.js';

interface ExporterOptions {
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly metadata?: unknown;
  readonly timeoutMillis?: number;
  // A value of `CompressionAlgorithm`, an enum of a package that this one does not depend on.
  readonly compression?: never;
}

type Exporter<T> = new (options: ExporterOptions) => T;

/** The exporters of one signal, by protocol. */
interface ExporterFamily<T> {
  readonly path: string;
  readonly http: { readonly 'http/json': Exporter<T>; readonly 'http/protobuf': Exporter<T> };
  readonly grpc: { readonly package: string; readonly exporter: string };
}

const TRACES: ExporterFamily<SpanExporter> = {
  path: 'v1/traces',
  http: { 'http/json': TracesHttpJson, 'http/protobuf': TracesHttpProtobuf },
  grpc: { package: '@opentelemetry/exporter-trace-otlp-grpc', exporter: 'OTLPTraceExporter' },
};
const METRICS: ExporterFamily<PushMetricExporter> = {
  path: 'v1/metrics',
  http: { 'http/json': MetricsHttpJson, 'http/protobuf': MetricsHttpProtobuf },
  grpc: { package: '@opentelemetry/exporter-metrics-otlp-grpc', exporter: 'OTLPMetricExporter' },
};
const LOGS: ExporterFamily<LogRecordExporter> = {
  path: 'v1/logs',
  http: { 'http/json': LogsHttpJson, 'http/protobuf': LogsHttpProtobuf },
  grpc: { package: '@opentelemetry/exporter-logs-otlp-grpc', exporter: 'OTLPLogExporter' },
};

export const otlpTraces = (resolved: ResolvedConfiguration): SpanExporter =>
  create(TRACES, 'TRACES', resolved);
export const otlpMetrics = (resolved: ResolvedConfiguration): PushMetricExporter =>
  create(METRICS, 'METRICS', resolved);
export const otlpLogs = (resolved: ResolvedConfiguration): LogRecordExporter =>
  create(LOGS, 'LOGS', resolved);

function create<T>(family: ExporterFamily<T>, signal: Signal, resolved: ResolvedConfiguration): T {
  const { protocol, endpoint, headers, timeoutMs: timeoutMillis, compression } = resolved.otlp(signal);
  const common = { timeoutMillis, compression: compression as never };
  if (protocol === 'grpc') {
    const { Exporter, metadata } = loadGrpc(family, headers);
    return new Exporter({ ...common, url: endpoint, metadata });
  }
  const url = endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, '')}/${family.path}`;
  return new family.http[protocol]({ ...common, url, headers });
}

function loadGrpc<T>(family: ExporterFamily<T>, headers: Record<string, string> | undefined) {
  try {
    const exporters = optionalRequire(family.grpc.package) as Record<string, Exporter<T>>;
    const Exporter = exporters[family.grpc.exporter];
    if (Exporter === undefined) throw new Error(`${family.grpc.package} has no ${family.grpc.exporter}`);
    return { Exporter, metadata: headers === undefined ? undefined : grpcMetadata(headers) };
  } catch (error) {
    const allowed = `http/protobuf, http/json, or grpc after npm install ${family.grpc.package}`;
    throw Object.assign(new ConfigurationError('otlp.protocol', 'grpc', allowed), { cause: error });
  }
}

function grpcMetadata(headers: Record<string, string>): unknown {
  const { Metadata } = optionalRequire('@grpc/grpc-js') as {
    Metadata: new () => { set(key: string, value: string): void };
  };
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
  return metadata;
}
