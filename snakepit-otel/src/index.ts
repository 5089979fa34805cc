/**
 * An OpenTelemetry SDK 2.x with the instrumentation registered and exporters chosen by configuration. See {@link startTelemetry}.
 *
 * @module snakepit-otel
 */
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
  TraceExporterName,
} from './configuration/exporter-options.js';
export type {
  HttpInputOptions,
  InputsOptions,
  OtlpInputOptions,
  TcpInputOptions,
  UnixInputOptions,
  WorkerInputOptions,
} from './configuration/inputs.js';
export type { TelemetryOptions, TelemetrySettings } from './configuration/options.js';
export type { UiOptions } from './configuration/ui.js';
export { InputError } from './inputs/input-error.js';
export { PrometheusServerError } from './sdk/prometheus.js';
export { startTelemetry } from './sdk/start.js';
export type { Telemetry } from './sdk/telemetry.js';
