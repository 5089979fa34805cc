import type {
  GpuConventions,
  GpuSource,
  GpuSourceName,
  SnakepitInstrumentationConfig,
  SpanGpu,
} from 'opentelemetry-instrumentation-snakepit';

export const TRACE_EXPORTERS = ['none', 'console', 'otlp'] as const;
export const METRIC_EXPORTERS = ['none', 'console', 'otlp', 'prometheus'] as const;
export const LOG_EXPORTERS = ['none', 'console', 'otlp'] as const;
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json', 'grpc'] as const;
export const OTLP_COMPRESSIONS = ['none', 'gzip'] as const;

export type TraceExporterName = (typeof TRACE_EXPORTERS)[number];
export type MetricExporterName = (typeof METRIC_EXPORTERS)[number];
export type LogExporterName = (typeof LOG_EXPORTERS)[number];
export type OtlpProtocol = (typeof OTLP_PROTOCOLS)[number];
export type OtlpCompression = (typeof OTLP_COMPRESSIONS)[number];

export interface OtlpOptions {
  /**
   * Base URL of the collector; `/v1/traces` and the like are added for HTTP.
   * @default none: that of the exporters, port 4318 of this host (4317 for gRPC)
   * Env: OTEL_EXPORTER_OTLP_ENDPOINT
   */
  readonly endpoint?: string;
  /**
   * How records travel. `grpc` needs optional packages.
   * @default 'http/protobuf'
   * Env: OTEL_EXPORTER_OTLP_PROTOCOL
   */
  readonly protocol?: OtlpProtocol;
  /**
   * Headers of every export; in a variable, `key=value` pairs with commas.
   * @default none
   * Env: OTEL_EXPORTER_OTLP_HEADERS
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Time limit of an export, ms.
   * @default none: that of the exporters, 10 s
   * Env: OTEL_EXPORTER_OTLP_TIMEOUT
   */
  readonly timeoutMs?: number;
  /**
   * Whether exports are compressed.
   * @default none: that of the exporters, no compression
   * Env: OTEL_EXPORTER_OTLP_COMPRESSION
   */
  readonly compression?: OtlpCompression;
}

export interface PrometheusOptions {
  /**
   * Address that the metrics page is served on.
   * @default '127.0.0.1'
   * Env: OTEL_EXPORTER_PROMETHEUS_HOST
   */
  readonly host?: string;
  /**
   * Port of the metrics page.
   * @default 9464
   * Env: OTEL_EXPORTER_PROMETHEUS_PORT
   */
  readonly port?: number;
  /**
   * Path of the metrics page.
   * @default '/metrics'
   */
  readonly endpoint?: string;
}

/** How finished spans are gathered before they are exported. */
export interface SpanBatchOptions {
  /**
   * Spans kept while the exporter is slow; what comes after is dropped.
   * @default 2048
   * Env: OTEL_BSP_MAX_QUEUE_SIZE
   */
  readonly maxQueueSize?: number;
  /**
   * Spans in one export.
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

/** How log records are gathered before they are exported. */
export interface LogBatchOptions {
  /**
   * Log records kept while the exporter is slow; what comes after is dropped.
   * @default 2048
   * Env: OTEL_BLRP_MAX_QUEUE_SIZE
   */
  readonly maxQueueSize?: number;
  /**
   * Log records in one export.
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

/** Settings that a file can hold as well. A test compares defaults and variables with those of `settings.ts`. */
export interface TelemetrySettings {
  /**
   * Name of the service.
   * @default none: `service.name` of the resource's attributes, else `unknown_service:node`
   * Env: OTEL_SERVICE_NAME
   */
  readonly serviceName?: string;
  /**
   * Attributes of the resource; in a variable, `key=value` pairs with commas.
   * @default {}
   * Env: OTEL_RESOURCE_ATTRIBUTES
   */
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  /**
   * Where spans go; `none` or an empty list: nowhere.
   * @default ['otlp']
   * Env: OTEL_TRACES_EXPORTER
   */
  readonly traces?: readonly TraceExporterName[];
  /**
   * Where metrics go; `none` or an empty list: nowhere.
   * @default ['otlp']
   * Env: OTEL_METRICS_EXPORTER
   */
  readonly metrics?: readonly MetricExporterName[];
  /**
   * Where log records go; `none` or an empty list: nowhere.
   * @default ['otlp']
   * Env: OTEL_LOGS_EXPORTER
   */
  readonly logs?: readonly LogExporterName[];
  /** Export over OTLP. */
  readonly otlp?: OtlpOptions;
  /** The page that Prometheus scrapes. */
  readonly prometheus?: PrometheusOptions;
  /**
   * Time between exports of metrics, ms, at least 100.
   * @default 60000
   * Env: OTEL_METRIC_EXPORT_INTERVAL
   */
  readonly metricExportIntervalMs?: number;
  readonly spanBatch?: SpanBatchOptions;
  readonly logBatch?: LogBatchOptions;
  /**
   * Sample the GPUs of this host.
   * @default false
   * Env: SNAKEPIT_OTEL_GPU
   */
  readonly gpu?: boolean;
  /**
   * Time between samples of GPUs, ms, at least 100.
   * @default 5000
   * Env: SNAKEPIT_OTEL_GPU_INTERVAL_MS
   */
  readonly gpuIntervalMs?: number;
  /**
   * What GPUs are read with. In code, a source of your own as well.
   * @default 'auto'
   * Env: SNAKEPIT_OTEL_GPU_SOURCE
   */
  readonly gpuSource?: GpuSourceName | GpuSource;
  /**
   * What the source `nvml` loads: a path, or a name for the loader to find.
   * @default 'libnvidia-ml.so.1' ('nvml.dll' on Windows)
   * Env: SNAKEPIT_OTEL_NVML_LIBRARY
   */
  readonly nvmlLibrary?: string;
  /**
   * Names of GPU metrics: Snakepit's, those of OTel's hardware conventions, or both.
   * @default 'snakepit'
   * Env: SNAKEPIT_OTEL_GPU_CONVENTIONS
   */
  readonly gpuConventions?: GpuConventions;
  /**
   * GPU whose cost is told on every span: `auto`, `cuda:0`, …; needs `gpu`.
   * @default none
   * Env: SNAKEPIT_OTEL_SPAN_GPU
   */
  readonly spanGpu?: SpanGpu;
  /**
   * Flush on SIGTERM, SIGINT and at the end of the process.
   * @default true
   */
  readonly handleSignals?: boolean;
}

export interface TelemetryOptions extends TelemetrySettings {
  /** Options of the `SnakepitInstrumentation` that is registered. @default {} */
  readonly instrumentation?: SnakepitInstrumentationConfig;
  /**
   * A YAML or JSON file with settings; code and environment go before it.
   * @default none
   * Env: SNAKEPIT_OTEL_CONFIG_FILE
   */
  readonly configFile?: string;
}
