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
import { accountExports } from './current-accounting.js';
import type { ExportSignal } from './export-signal.js';
import { observeDelivery } from './observe-delivery.js';
import { type OtlpFactory, otlpLogs, otlpMetrics, otlpTraces } from './otlp.js';
import { onlyEntry } from './warn-unsupported.js';

// The only place where exporters are made. Exports over OTLP, and all of metrics, are counted.

export const spanExporter = (model: SpanExporterConfigModel): SpanExporter =>
  create('exporter of spans', model, counted(otlpTraces, 'traces'), () =>
    observeDelivery(new ConsoleSpanExporter(), 'traces', 'console'),
  );

export const logExporter = (model: LogRecordExporterConfigModel): LogRecordExporter =>
  create('exporter of log records', model, counted(otlpLogs, 'logs'), () =>
    observeDelivery(new ConsoleLogRecordExporter(), 'logs', 'console'),
  );

export function metricExporter(model: PushMetricExporterConfigModel): PushMetricExporter {
  const [, properties] = onlyEntry('exporter of metrics', model);
  const ofMetrics = {
    temporalityPreference: TEMPORALITIES[(properties.temporality_preference as Temporality) ?? 'cumulative'],
    aggregationPreference: aggregationSelector(properties.default_histogram_aggregation as never),
  };
  const createConsole = () => accountExports(new ConsoleMetricExporter(), 'metrics', 'console');
  return create('exporter of metrics', model, counted(otlpMetrics, 'metrics'), createConsole, ofMetrics);
}

const counted = <T extends object>(otlp: OtlpFactory<T>, signal: ExportSignal): OtlpFactory<T> => ({
  http: (model, ofSignal) => accountExports(otlp.http(model, ofSignal), signal, 'otlp'),
  grpc: (model, ofSignal) => accountExports(otlp.grpc(model, ofSignal), signal, 'otlp'),
});

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
