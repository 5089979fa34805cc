import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api';
import type { LoggerProvider } from '@opentelemetry/api-logs';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import { type CustomEventDefinition, LOG_LEVELS } from './catalog/event-definition.js';
import { catalogEvents } from './catalog/events/index.js';
import { metricDefinitions } from './catalog/metric-definitions.js';
import type { MetricDefinition } from './catalog/metric-spec.js';
import { warnOnce } from './common/warn-once.js';
import { enumParser } from './configuration/parse.js';
import { checkSpanGpu } from './gpu/usage/span-gpu.js';
import { libraries, publishStates } from './instrumentations/index.js';
import type { LibraryPatches } from './instrumentations/patching/library-patches.js';
import { onGlobalProvider } from './recorders/global-providers.js';
import { LogRecorder } from './recorders/logging/recorder.js';
import { MetricsRecorder } from './recorders/metrics/recorder.js';
import { isRecordingProvider } from './recorders/tracing/is-recording-provider.js';
import { TraceRecorder } from './recorders/tracing/recorder.js';
import { activeInstrumentation } from './spans/active-instrumentation.js';
import type { SnakepitInstrumentationConfig } from './types.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version.js';

/**
 * Records the events of the bus as metrics, spans and log records of the host's SDK. One instance per process is active; another
 * one that is enabled meanwhile logs a warning and stays idle.
 */
export class SnakepitInstrumentation extends InstrumentationBase<SnakepitInstrumentationConfig> {
  // The constructor of the base class calls enable() before fields are initialized, so this one is declared only.
  declare private recorders: Recorders | undefined;
  declare private tracerProvider: TracerProvider | undefined;
  /** Signals whose provider the host has set to another than the global one. */
  declare private ownProviders: Set<Signal> | undefined;
  declare private stopFollowing: (() => void) | undefined;
  declare private patches: readonly LibraryPatches[];

  /**
   * @param config options. @default {}
   * @throws ConfigurationError for an invalid option, or metric definitions that contradict each other
   */
  constructor(config: SnakepitInstrumentationConfig = {}) {
    super(PACKAGE_NAME, PACKAGE_VERSION, config);
  }

  protected override init() {
    this.patches = libraries.map((library) => library.createPatches());
    return this.patches.flatMap(({ definitions }) => definitions);
  }

  /** Starts recording. */
  override enable(): void {
    if (activeInstrumentation.owner !== undefined) {
      if (activeInstrumentation.owner !== this)
        warnOnce('Another SnakepitInstrumentation is active in this process; this one stays idle');
      return;
    }
    this.recorders ??= this.createRecorders();
    activeInstrumentation.owner = this;
    activeInstrumentation.tracer = this.tracer;
    activeInstrumentation.spanGpu = this.getConfig().spanGpu;
    for (const recorder of Object.values(this.recorders)) recorder.enable();
    this.stopFollowing = onGlobalProvider(() => this.followGlobalProviders());
    publishStates();
    super.enable();
    for (const patches of this.patches) patches.adoptLoaded();
  }

  /** Stops recording, and passes what was counted so far to the SDK. */
  override disable(): void {
    if (activeInstrumentation.owner === this) {
      this.stopFollowing?.();
      for (const recorder of Object.values(this.recorders ?? {})) recorder.disable();
      activeInstrumentation.owner = undefined;
      activeInstrumentation.tracer = undefined;
      activeInstrumentation.spanGpu = undefined;
    }
    super.disable();
  }

  /** Sets the provider of the spans. Recording starts if it is the first one of an SDK. */
  override setTracerProvider(provider: TracerProvider): void {
    super.setTracerProvider(provider);
    this.noteProvider('traces', provider === trace.getTracerProvider());
    this.tracerProvider = provider;
    if (activeInstrumentation.owner === this) activeInstrumentation.tracer = this.tracer;
    this.recorders?.traces.refresh();
  }

  /** Sets the provider of the metrics. Recording starts if it is the first one of an SDK. */
  override setMeterProvider(provider: MeterProvider): void {
    this.noteProvider('metrics', provider === metrics.getMeterProvider());
    super.setMeterProvider(provider);
  }

  /** Sets the provider of the log records. Recording starts if it is the first one of an SDK. */
  override setLoggerProvider(provider: LoggerProvider): void {
    super.setLoggerProvider(provider);
    this.recorders?.logs.refresh();
  }

  protected override _updateMetricInstruments(): void {
    this.recorders?.metrics.setMeter(this.meter);
    if (activeInstrumentation.owner === this) publishStates();
  }

  private noteProvider(signal: Signal, isGlobal: boolean): void {
    this.ownProviders ??= new Set();
    if (isGlobal) this.ownProviders.delete(signal);
    else this.ownProviders.add(signal);
  }

  /** Takes the global providers that have been registered since, except where the host has set one of its own. */
  private followGlobalProviders(): void {
    if (!this.ownProviders?.has('traces')) this.setTracerProvider(trace.getTracerProvider());
    const { recorders } = this;
    if (!this.ownProviders?.has('metrics') && recorders?.metrics.isRecording === false)
      this.setMeterProvider(metrics.getMeterProvider());
    recorders?.logs.refresh();
  }

  private createRecorders(): Recorders {
    const {
      metrics: metricsOption,
      gpuConventions,
      events = {},
      logLevel = 'info',
      includeSensitive = false,
      spanGpu,
    } = this.getConfig();
    if (spanGpu !== undefined) checkSpanGpu(spanGpu, 'spanGpu');
    enumParser(LOG_LEVELS)(logLevel, 'logLevel');
    const customEvents = Object.entries(events);
    const definedEvents: [string, CustomEventDefinition][] = [...catalogEvents, ...customEvents];
    const customMetrics = customEvents.flatMap(([event, { metrics = [] }]) =>
      metrics.map((metric): MetricDefinition => ({ ...metric, event })),
    );
    const definitions = [...(metricsOption ?? metricDefinitions({ gpuConventions })), ...customMetrics];
    return {
      metrics: new MetricsRecorder(definitions, new Map(definedEvents), this.meter),
      traces: new TraceRecorder(definedEvents, {
        tracer: () => this.tracer,
        isRecording: () => isRecordingProvider(this.tracerProvider ?? trace.getTracerProvider()),
        includeSensitive,
      }),
      logs: new LogRecorder(definedEvents, {
        logger: () => this.logger,
        minimumLevel: logLevel,
        includeSensitive,
      }),
    };
  }
}

type Signal = 'traces' | 'metrics';

interface Recorders {
  readonly metrics: MetricsRecorder;
  readonly traces: TraceRecorder;
  readonly logs: LogRecorder;
}
