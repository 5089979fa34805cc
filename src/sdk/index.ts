export { ConfigurationError } from '../configuration/configuration-error.js';
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
} from './options.js';
export { PrometheusServerError } from './prometheus.js';
export { startTelemetry, type Telemetry } from './start.js';
