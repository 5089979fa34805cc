export const TRACE_EXPORTERS = ['none', 'console', 'otlp'] as const;
export const METRIC_EXPORTERS = ['none', 'console', 'otlp', 'prometheus'] as const;
export const LOG_EXPORTERS = ['none', 'console', 'otlp'] as const;
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export const OTLP_COMPRESSIONS = ['none', 'gzip'] as const;

/** Name of an exporter of spans. */
export type TraceExporterName = (typeof TRACE_EXPORTERS)[number];
/** Name of an exporter of metrics. */
export type MetricExporterName = (typeof METRIC_EXPORTERS)[number];
/** Name of an exporter of log records. */
export type LogExporterName = (typeof LOG_EXPORTERS)[number];
/** Transport of OTLP. */
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];
/** Compression of OTLP exports. */
export type OtlpCompression = (typeof OTLP_COMPRESSIONS)[number];

/**
 * Export over OTLP.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export interface OtlpOptions {
  /**
   * Base URL of the endpoint, usually a Collector. For HTTP, exporters append `/v1/traces`, `/v1/metrics` and `/v1/logs`. For gRPC
   * also a target such as `host:port`, `dns:…` or `unix:…`.
   * @default none: the exporters' default, port 4318 of this host (4317 for gRPC)
   * Env: OTEL_EXPORTER_OTLP_ENDPOINT
   */
  readonly endpoint?: string;
  /**
   * Transport. `grpc` requires the optional packages `@opentelemetry/exporter-…-otlp-grpc`.
   * @default 'http/protobuf'
   * Env: OTEL_EXPORTER_OTLP_PROTOCOL
   */
  readonly protocol?: OtlpProtocol;
  /**
   * Headers of every request. In the variable: comma-separated `key=value` pairs.
   * @default none
   * Env: OTEL_EXPORTER_OTLP_HEADERS
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Time limit of an export, ms.
   * @default none: the exporters' default, 10 s; 0 is no limit
   * Env: OTEL_EXPORTER_OTLP_TIMEOUT
   */
  readonly timeoutMs?: number;
  /**
   * Compression of exports.
   * @default none: the exporters' default, no compression
   * Env: OTEL_EXPORTER_OTLP_COMPRESSION
   */
  readonly compression?: OtlpCompression;
}

/**
 * The HTTP endpoint that Prometheus scrapes.
 *
 * @see https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/prometheus/
 */
export interface PrometheusOptions {
  /**
   * Address of the endpoint.
   * @default '127.0.0.1'
   * Env: OTEL_EXPORTER_PROMETHEUS_HOST
   */
  readonly host?: string;
  /**
   * TCP port of the endpoint; 0 is any free port.
   * @default 9464
   * Env: OTEL_EXPORTER_PROMETHEUS_PORT
   */
  readonly port?: number;
  /**
   * URL path of the endpoint.
   * @default '/metrics'
   */
  readonly endpoint?: string;
  /**
   * True to put labels on every series that name the instrumentation scope. They are about half of the page's bytes.
   * @default false
   */
  readonly scopeInfo?: boolean;
}

/**
 * Batches of finished spans.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#batching-processor
 */
export interface SpanBatchOptions {
  /**
   * Spans queued for export. Further spans are dropped.
   * @default 2048
   * Env: OTEL_BSP_MAX_QUEUE_SIZE
   */
  readonly maxQueueSize?: number;
  /**
   * Spans per export, at most `maxQueueSize`.
   * @default 512
   * Env: OTEL_BSP_MAX_EXPORT_BATCH_SIZE
   */
  readonly maxExportBatchSize?: number;
  /**
   * Time between exports, ms.
   * @default 5000
   * Env: OTEL_BSP_SCHEDULE_DELAY
   */
  readonly scheduledDelayMs?: number;
}

/**
 * Batches of log records.
 *
 * @see https://opentelemetry.io/docs/specs/otel/logs/sdk/#batching-processor
 */
export interface LogBatchOptions {
  /**
   * Log records queued for export. Further records are dropped.
   * @default 2048
   * Env: OTEL_BLRP_MAX_QUEUE_SIZE
   */
  readonly maxQueueSize?: number;
  /**
   * Log records per export, at most `maxQueueSize`.
   * @default 512
   * Env: OTEL_BLRP_MAX_EXPORT_BATCH_SIZE
   */
  readonly maxExportBatchSize?: number;
  /**
   * Time between exports, ms.
   * @default 1000
   * Env: OTEL_BLRP_SCHEDULE_DELAY
   */
  readonly scheduledDelayMs?: number;
}
