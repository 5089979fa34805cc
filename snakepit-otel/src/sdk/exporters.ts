import type {
  ExporterDefaultHistogramAggregationConfigModel,
  ExporterTemporalityPreferenceConfigModel,
  LogRecordExporterConfigModel,
  PushMetricExporterConfigModel,
  SpanExporterConfigModel,
} from '@opentelemetry/configuration';
import { ConsoleLogRecordExporter, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import {
  AggregationType,
  ConsoleMetricExporter,
  InstrumentType,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { ConsoleSpanExporter, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { type OtlpFactory, otlpLogs, otlpMetrics, otlpTraces } from './otlp.js';
import { onlyEntry } from './warn-unsupported.js';

// The only place where exporters are made.

export const spanExporter = (model: SpanExporterConfigModel): SpanExporter =>
  create('exporter of spans', model, otlpTraces, () => new ConsoleSpanExporter());

export const logExporter = (model: LogRecordExporterConfigModel): LogRecordExporter =>
  create('exporter of log records', model, otlpLogs, () => new ConsoleLogRecordExporter());

export function metricExporter(model: PushMetricExporterConfigModel): PushMetricExporter {
  const [, properties] = onlyEntry('exporter of metrics', model);
  const ofMetrics = {
    temporalityPreference: TEMPORALITIES[(properties.temporality_preference as Temporality) ?? 'cumulative'],
    aggregationPreference: aggregationSelector(properties.default_histogram_aggregation as never),
  };
  return create('exporter of metrics', model, otlpMetrics, () => new ConsoleMetricExporter(), ofMetrics);
}

function create<T>(
  place: string,
  model: object,
  otlp: OtlpFactory<T>,
  createConsole: () => T,
  ofSignal?: object,
): T {
  const [kind, properties] = onlyEntry(place, model);
  if (kind === 'otlp_http') return otlp.http(properties, ofSignal);
  if (kind === 'otlp_grpc') return otlp.grpc(properties, ofSignal);
  if (kind === 'console') return createConsole();
  throw new ConfigurationError(place, kind, 'otlp_http, otlp_grpc, console');
}

type Temporality = NonNullable<ExporterTemporalityPreferenceConfigModel>;
/** Values of `AggregationTemporalityPreference`, an enum of the exporters. */
const TEMPORALITIES: Readonly<Record<Temporality, number>> = { delta: 0, cumulative: 1, low_memory: 2 };

function aggregationSelector(aggregation: ExporterDefaultHistogramAggregationConfigModel | undefined) {
  if (aggregation !== 'base2_exponential_bucket_histogram') return undefined;
  return (instrument: InstrumentType) =>
    instrument === InstrumentType.HISTOGRAM
      ? { type: AggregationType.EXPONENTIAL_HISTOGRAM }
      : { type: AggregationType.DEFAULT };
}
