export { ConfigurationError } from '../configuration/configuration-error.js';
export type {
  BatchOptions,
  LogExporterName,
  MetricExporterName,
  OtlpCompression,
  OtlpProtocol,
  TelemetryOptions,
  TelemetrySettings,
  TraceExporterName,
} from './options.js';
export { PrometheusServerError } from './prometheus.js';
export { startTelemetry, type Telemetry } from './start.js';
