// An exporter loads 100 to 300 files, and most processes need one encoding or none. A CommonJS file, because `startTelemetry()` is
// synchronous; bundlers follow `require` of a literal.

export const loadTracesJson = () =>
  (
    require('@opentelemetry/exporter-trace-otlp-http') as typeof import('@opentelemetry/exporter-trace-otlp-http')
  ).OTLPTraceExporter;

export const loadTracesProtobuf = () =>
  (
    require('@opentelemetry/exporter-trace-otlp-proto') as typeof import('@opentelemetry/exporter-trace-otlp-proto')
  ).OTLPTraceExporter;

export const loadMetricsJson = () =>
  (
    require('@opentelemetry/exporter-metrics-otlp-http') as typeof import('@opentelemetry/exporter-metrics-otlp-http')
  ).OTLPMetricExporter;

export const loadMetricsProtobuf = () =>
  (
    require('@opentelemetry/exporter-metrics-otlp-proto') as typeof import('@opentelemetry/exporter-metrics-otlp-proto')
  ).OTLPMetricExporter;

export const loadLogsJson = () =>
  (
    require('@opentelemetry/exporter-logs-otlp-http') as typeof import('@opentelemetry/exporter-logs-otlp-http')
  ).OTLPLogExporter;

export const loadLogsProtobuf = () =>
  (
    require('@opentelemetry/exporter-logs-otlp-proto') as typeof import('@opentelemetry/exporter-logs-otlp-proto')
  ).OTLPLogExporter;
