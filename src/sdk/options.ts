import type { GpuSourceName } from '../gpu/choose-source.js';
import type { GpuSource } from '../gpu/source.js';
import type { SpanGpu } from '../gpu/span-gpu.js';
import type { SnakepitInstrumentationConfig } from '../instrumentation.js';
import type { GpuConventions } from '../metrics/definitions.js';

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

/** How finished spans, or log records, are gathered before they are exported. */
export interface BatchOptions {
  /** Records kept while the exporter is slow; what comes after is dropped. */
  readonly maxQueueSize?: number;
  /** Records in one export. */
  readonly maxExportBatchSize?: number;
  /** Time between exports, ms. */
  readonly scheduledDelayMs?: number;
}

/** Settings that a file can hold as well. What each means, and its variable and default, is in `settings.ts`. */
export interface TelemetrySettings {
  readonly serviceName?: string;
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  readonly traces?: readonly TraceExporterName[];
  readonly metrics?: readonly MetricExporterName[];
  readonly logs?: readonly LogExporterName[];
  readonly otlp?: {
    /** Base URL; `/v1/traces` and the like are added for HTTP. */
    readonly endpoint?: string;
    readonly protocol?: OtlpProtocol;
    readonly headers?: Readonly<Record<string, string>>;
    readonly timeoutMs?: number;
    readonly compression?: OtlpCompression;
  };
  readonly prometheus?: { readonly host?: string; readonly port?: number; readonly endpoint?: string };
  readonly metricExportIntervalMs?: number;
  readonly spanBatch?: BatchOptions;
  readonly logBatch?: BatchOptions;
  readonly gpu?: boolean;
  readonly gpuIntervalMs?: number;
  /** In code, a source of your own as well. */
  readonly gpuSource?: GpuSourceName | GpuSource;
  readonly nvmlLibrary?: string;
  readonly gpuConventions?: GpuConventions;
  readonly spanGpu?: SpanGpu;
  readonly handleSignals?: boolean;
}

export interface TelemetryOptions extends TelemetrySettings {
  /** Options of the `SnakepitInstrumentation` that is registered. */
  readonly instrumentation?: SnakepitInstrumentationConfig;
  /** A YAML or JSON file with settings; code and environment go before it. Env: SNAKEPIT_OTEL_CONFIG_FILE */
  readonly configFile?: string;
}
