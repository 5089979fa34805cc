import type { TextMapPropagator } from '@opentelemetry/api';
import type {
  AttributeLimitsConfigModel,
  BatchLogRecordProcessorConfigModel,
  BatchSpanProcessorConfigModel,
  ConfigurationModel,
  LogRecordProcessorConfigModel,
  MetricReaderConfigModel,
  SpanProcessorConfigModel,
} from '@opentelemetry/configuration';
import type { Resource } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordProcessor,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import { type IMetricReader, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type SpanLimits,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { ConfigurationError } from 'opentelemetry-instrumentation-snakepit';
import { omitUndefined } from 'opentelemetry-instrumentation-snakepit/internal';
import { propagatorNames } from '../configuration/merge-lists.js';
import type { ResolvedConfiguration } from '../configuration/resolve.js';
import { withoutVariables } from '../configuration/with-environment.js';
import type { CallSpans } from '../inputs/otlp/call-spans.js';
import { accountQueue, countDrops } from './current-accounting.js';
import { logExporter, metricExporter, spanExporter } from './exporters.js';
import { RequestIdGenerator } from './id-generator.js';
import { OneSpanPerCall } from './one-span-per-call.js';
import { unlimitedIfZero } from './otlp.js';
import type { PageServer } from './page-server.js';
import { printWarning } from './print-warning.js';
import { startPrometheus } from './prometheus.js';
import { buildPropagator } from './propagator.js';
import { buildResource } from './resource.js';
import { buildSampler } from './sampler.js';
import { buildView } from './views.js';
import { warnUnsupported } from './warn-unsupported.js';

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_EXPORT_TIMEOUT_MS = 30_000;
const DEFAULT_ATTRIBUTE_COUNT = 128;

const MODEL_ENTRIES = [
  'disabled',
  'log_level',
  'attribute_limits',
  'resource',
  'propagator',
  'tracer_provider',
  'meter_provider',
  'logger_provider',
  'instrumentation/development',
  'distribution',
];

/** The providers. A signal without exporters has none: its spans, measurements and log records cost nothing then. */
export interface Providers {
  readonly tracerProvider: NodeTracerProvider | undefined;
  readonly meterProvider: MeterProvider | undefined;
  readonly loggerProvider: LoggerProvider | undefined;
  /** Those of the three that exist. */
  readonly all: readonly (NodeTracerProvider | MeterProvider | LoggerProvider)[];
  /** Processors of the spans. */
  readonly spanProcessors: readonly SpanProcessor[];
  readonly spanLimits: SpanLimits;
  readonly propagator: TextMapPropagator;
  readonly resource: Resource;
  /** Servers of the Prometheus endpoints. */
  readonly pages: readonly PageServer[];
  /** Resolves when the Prometheus endpoint is served; rejects with PrometheusServerError if it cannot be. */
  readonly ready: Promise<void>;
}

/**
 * Builds the providers and the propagator from the model. Registers nothing globally.
 *
 * @throws ConfigurationError for an entry of a configuration file that this SDK does not have
 */
export const buildProviders = (resolved: ResolvedConfiguration, additions: Additions = {}): Providers =>
  withoutVariables(() => build(resolved, additions));

/** What takes part in tracing beside the exporters. */
interface Additions {
  /** Receive all spans. @default none */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Remembers the spans of calls that events make. @default none, as no spans are received over OTLP */
  readonly calls?: CallSpans | undefined;
}

function build(
  { model, settings }: ResolvedConfiguration,
  { spanProcessors: added = [], calls }: Additions,
): Providers {
  warnAboutModel(model);
  const resource = buildResource(model.resource);
  const propagator = buildPropagator(propagatorNames(model.propagator ?? {}));
  const { tracer_provider: tracing, meter_provider: metering, logger_provider: logging } = model;
  // Creates exporters first: if one of them throws, nothing is running yet.
  const sampler = buildSampler(tracing?.sampler);
  const spanProcessors = [...(tracing?.processors ?? []).map(spanProcessor), ...added].map((processor) =>
    calls === undefined ? processor : new OneSpanPerCall(processor, calls),
  );
  const processors = (logging?.processors ?? []).map(logProcessor);
  const views = (metering?.views ?? []).map(buildView);
  const readers = (metering?.readers ?? []).map((reader) =>
    metricReader(reader, resource, settings['prometheus.endpoint']),
  );
  const spanLimits: SpanLimits = omitUndefined({
    ...attributeLimits(tracing?.limits, model.attribute_limits),
    eventCountLimit: tracing?.limits?.event_count_limit ?? undefined,
    linkCountLimit: tracing?.limits?.link_count_limit ?? undefined,
    attributePerEventCountLimit: tracing?.limits?.event_attribute_count_limit ?? undefined,
    attributePerLinkCountLimit: tracing?.limits?.link_attribute_count_limit ?? undefined,
  });
  const logRecordLimits = attributeLimits(logging?.limits, model.attribute_limits);
  const traceOptions = {
    resource,
    spanProcessors,
    sampler,
    idGenerator: new RequestIdGenerator(calls),
    spanLimits,
  };
  const metricOptions = { resource, views, readers: readers.map(({ reader }) => reader) };
  const tracerProvider = spanProcessors.length > 0 ? new NodeTracerProvider(traceOptions) : undefined;
  const meterProvider = readers.length > 0 ? new MeterProvider(metricOptions) : undefined;
  const loggerProvider =
    processors.length > 0 ? new LoggerProvider({ resource, processors, logRecordLimits }) : undefined;
  return {
    tracerProvider,
    meterProvider,
    loggerProvider,
    all: [tracerProvider, meterProvider, loggerProvider].filter((provider) => provider !== undefined),
    spanProcessors,
    spanLimits,
    propagator,
    resource,
    pages: readers.flatMap(({ server }) => server ?? []),
    ready: Promise.all(readers.map(({ ready }) => ready)).then(() => {}),
  };
}

function warnAboutModel(model: ConfigurationModel): void {
  warnUnsupported('the file', model, MODEL_ENTRIES);
  warnUnsupported('instrumentation/development.js', model['instrumentation/development']?.js, ['snakepit']);
  warnUnsupported('tracer_provider', model.tracer_provider, [
    'processors',
    'limits',
    'sampler',
    'id_generator',
  ]);
  const limits = [model.attribute_limits, model.tracer_provider?.limits, model.logger_provider?.limits];
  if (limits.some((each) => each?.attribute_value_length_limit === 0))
    printWarning('attribute_value_length_limit: 0 has no effect: the SDK for JavaScript needs at least 1.');
  warnUnsupported('logger_provider', model.logger_provider, ['processors', 'limits']);
  const { exemplar_filter: exemplars, ...metering } = model.meter_provider ?? {};
  warnUnsupported('meter_provider', metering, ['readers', 'views']);
  if (exemplars !== 'always_off') warnUnsupported('meter_provider', { exemplar_filter: exemplars }, []);
}

function attributeLimits(
  ofSignal: AttributeLimitsConfigModel | undefined,
  general: AttributeLimitsConfigModel | undefined,
) {
  return {
    attributeCountLimit:
      ofSignal?.attribute_count_limit ?? general?.attribute_count_limit ?? DEFAULT_ATTRIBUTE_COUNT,
    attributeValueLengthLimit:
      ofSignal?.attribute_value_length_limit ??
      general?.attribute_value_length_limit ??
      Number.POSITIVE_INFINITY,
  };
}

function spanProcessor({ batch, simple, ...others }: SpanProcessorConfigModel): SpanProcessor {
  if (batch) {
    const exporter = spanExporter(batch.exporter);
    const options = { ...batchOptions(batch), ...countDrops(exporter, 'traces') };
    return accountQueue(new BatchSpanProcessor(exporter, options), 'traces');
  }
  if (simple) return new SimpleSpanProcessor(spanExporter(simple.exporter));
  throw new ConfigurationError('processor of spans', Object.keys(others).join(), 'batch, simple');
}

function logProcessor({ batch, simple, ...others }: LogRecordProcessorConfigModel): LogRecordProcessor {
  if (batch) {
    const exporter = logExporter(batch.exporter);
    const options = { ...batchOptions(batch), ...countDrops(exporter, 'logs') };
    return accountQueue(new BatchLogRecordProcessor({ exporter, ...options }), 'logs');
  }
  if (simple) return new SimpleLogRecordProcessor({ exporter: logExporter(simple.exporter) });
  throw new ConfigurationError('processor of log records', Object.keys(others).join(), 'batch, simple');
}

function batchOptions(
  batch: Omit<BatchSpanProcessorConfigModel | BatchLogRecordProcessorConfigModel, 'exporter'>,
) {
  const maxQueueSize = batch.max_queue_size ?? 2048;
  return omitUndefined({
    maxQueueSize,
    maxExportBatchSize: Math.min(batch.max_export_batch_size ?? 512, maxQueueSize),
    scheduledDelayMillis: batch.schedule_delay ?? undefined,
    exportTimeoutMillis: unlimitedIfZero(batch.export_timeout),
  });
}

function metricReader(
  { periodic, pull }: MetricReaderConfigModel,
  resource: Resource,
  endpoint: string,
): { readonly reader: IMetricReader; readonly ready: Promise<void>; readonly server?: PageServer } {
  if (periodic) {
    warnUnsupported('periodic', periodic, ['interval', 'timeout', 'exporter', 'cardinality_limits']);
    const exportIntervalMillis = periodic.interval ?? DEFAULT_INTERVAL_MS;
    const timeout =
      periodic.timeout || (periodic.timeout === 0 ? exportIntervalMillis : DEFAULT_EXPORT_TIMEOUT_MS);
    const reader = new PeriodicExportingMetricReader({
      exporter: metricExporter(periodic.exporter),
      exportIntervalMillis,
      exportTimeoutMillis: Math.min(exportIntervalMillis, timeout),
      ...cardinalityLimits(periodic.cardinality_limits),
    });
    return { reader, ready: Promise.resolve() };
  }
  const exporter = pull?.exporter ?? {};
  const page = exporter['prometheus/development'];
  if (page === undefined) {
    throw new ConfigurationError('reader of metrics', Object.keys(exporter).join(), 'periodic, prometheus');
  }
  warnUnsupported('pull', pull, ['exporter']);
  return startPrometheus({ ...page, endpoint }, resource);
}

/** Names of instruments: `observable_counter` → `observableCounter`. */
function cardinalityLimits(limits: object | undefined) {
  if (limits === undefined) return {};
  const named = Object.entries(limits).flatMap(([name, limit]) =>
    typeof limit === 'number' ? [[name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), limit]] : [],
  );
  return { cardinalityLimits: Object.fromEntries(named) };
}
