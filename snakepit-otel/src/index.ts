export { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';

export type {
  LogBatchOptions,
  LogExporterName,
  MetricExporterName,
  OtlpCompression,
  OtlpOptions,
  OtlpProtocol,
  PrometheusOptions,
  SpanBatchOptions,
  TelemetryOptions,
  TelemetrySettings,
  TraceExporterName,
} from './sdk/options.js';
export { PrometheusServerError } from './sdk/prometheus.js';
export { startTelemetry, type Telemetry } from './sdk/start.js';
