import type { MeterProvider, TracerProvider } from '@opentelemetry/api';
import type { LoggerProvider } from '@opentelemetry/api-logs';
import { InstrumentationBase } from '@opentelemetry/instrumentation';
import type { CustomEventDefinition } from './catalog/event-definition.js';
import { catalogEvents } from './catalog/events/index.js';
import { metricDefinitions } from './catalog/metric-definitions.js';
import type { MetricDefinition } from './catalog/metric-spec.js';
import { hasSdk, isPlaceholder, isShutDown } from './common/provider-state.js';
import { warnOnce } from './common/warn-once.js';
import { PythonErrorObserver } from './errors/observe-python-errors.js';
import { eventUsage } from './gpu/usage/event-usage.js';
import { parseConfig } from './instrumentation-config.js';
import { publishStates } from './instrumentations/index.js';
import { libraryHooks, moduleDefinitions } from './instrumentations/library-hooks.js';
import { setActiveOptions } from './instrumentations/options/active-options.js';
import { onGlobalProvider } from './recorders/global-providers.js';
import { LogRecorder } from './recorders/logging/recorder.js';
import { MetricsRecorder } from './recorders/metrics/recorder.js';
import { Providers } from './recorders/providers.js';
import { TraceRecorder } from './recorders/tracing/recorder.js';
import { SPAN_TIMES } from './recorders/tracing/span-times.js';
import { activeInstrumentation } from './spans/active-instrumentation.js';
import type { SnakepitInstrumentationConfig } from './types.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version.js';

/**
 * Records the events of the bus as metrics, spans and log records of the host's SDK.
 *
 * One instance per process is active, so that nothing is counted twice. Another one that is enabled meanwhile logs a warning and waits;
 * the newest one counts. It takes over
 * - when the active one is disabled;
 * - when it is enabled or receives a provider, and a provider of the active one was shut down. That one is disabled;
 * - when it receives a provider of an SDK, and the active one has none.
 *
 * So a restarted SDK records through its new instance, as in hot reload or in tests that follow each other in one process. An instance
 * that was disabled continues when it is enabled again, and is garbage collected once the host drops it. The patches of libraries
 * belong to no instance: breakers and policies are recorded from one instance to the next.
 *
 * Each context of `node:vm` is a process of its own here. When another context loads the package, as each test file does under jest,
 * the instance and the handlers of the context before it end. Those of the main context stay.
 */
export class SnakepitInstrumentation extends InstrumentationBase<SnakepitInstrumentationConfig> {
  // The constructor of the base class calls enable() before fields are initialized, so this one is declared only.
  declare private recorders: Recorders | undefined;
  declare private chosen: Providers | undefined;
  /** Global provider whose instruments the recorder of metrics uses. */
  declare private currentMeterProvider: MeterProvider | undefined;
  declare private stopFollowing: (() => void) | undefined;

  /**
   * @param config options. @default {}
   * @throws ConfigurationError for an unknown or invalid option, or metric definitions that contradict each other
   */
  constructor(config: SnakepitInstrumentationConfig = {}) {
    super(PACKAGE_NAME, PACKAGE_VERSION, config);
  }

  /** Sets the options. Those that recorders use count before the instrumentation is enabled first. */
  override setConfig(config: SnakepitInstrumentationConfig): void {
    super.setConfig(parseConfig(config));
  }

  protected override init() {
    return moduleDefinitions();
  }

  /** Returns true while this instance is the active one. */
  override isEnabled(): boolean {
    return activeInstrumentation.owner === this;
  }

  /** Starts recording, or waits for the active instance to end. */
  override enable(): void {
    const { owner } = activeInstrumentation;
    if (owner === this) return;
    if (owner !== undefined) {
      activeInstrumentation.waiting = this;
      if (this.mayTakeOver()) owner.disable();
      else
        warnOnce(
          'Another SnakepitInstrumentation is active in this process; this one waits until it is disabled',
        );
      return;
    }
    if (activeInstrumentation.waiting === this) activeInstrumentation.waiting = undefined;
    this.recorders ??= this.createRecorders();
    activeInstrumentation.owner = this;
    activeInstrumentation.providers = () => this.providers.all();
    activeInstrumentation.spanGpu = this.getConfig().spanGpu;
    this.useProviders();
    for (const { recording } of Object.values(this.recorders)) recording.enable();
    this.recorders.errors.recording.refresh();
    this.stopFollowing = onGlobalProvider(() => this.useProviders());
    publishStates();
    const { instrumentations = {}, includeSensitive = false, spans } = this.getConfig();
    const { maxAgeMs: spanMaxAgeMs } = { ...SPAN_TIMES, ...spans };
    setActiveOptions({ instrumentations, includeSensitive, spanMaxAgeMs });
    libraryHooks().enable();
  }

  /** Stops recording, and passes what was counted so far to the SDK. An instance that waits becomes the active one. */
  override disable(): void {
    if (activeInstrumentation.waiting === this) activeInstrumentation.waiting = undefined;
    if (activeInstrumentation.owner !== this) return;
    this.stopFollowing?.();
    libraryHooks().disable();
    for (const { recording } of Object.values(this.recorders ?? {})) recording.disable();
    activeInstrumentation.owner = undefined;
    activeInstrumentation.providers = () => [];
    activeInstrumentation.tracer = undefined;
    activeInstrumentation.spanGpu = undefined;
    const next = activeInstrumentation.waiting;
    activeInstrumentation.waiting = undefined;
    next?.enable();
  }

  /** Sets the provider of the spans. Recording starts if it is the first one of an SDK. */
  override setTracerProvider(provider: TracerProvider): void {
    this.providers.traces = provider;
    this.useTracerProvider();
    this.providerChanged();
  }

  /** Sets the provider of the metrics. Recording starts if it is the first one of an SDK. */
  override setMeterProvider(provider: MeterProvider): void {
    this.providers.metrics = provider;
    this.useMeterProvider();
    this.providerChanged();
  }

  /** Sets the provider of the log records. Recording starts if it is the first one of an SDK. */
  override setLoggerProvider(provider: LoggerProvider): void {
    this.providers.setLogs(provider);
    this.recorders?.logs.changeLoggers();
    this.recorders?.errors.recording.refresh();
    this.providerChanged();
  }

  protected override _updateMetricInstruments(): void {
    this.recorders?.metrics.setMeter(this.meter);
    this.recorders?.errors.recording.refresh();
    if (activeInstrumentation.owner === this) publishStates();
  }

  private get providers(): Providers {
    this.chosen ??= new Providers();
    return this.chosen;
  }

  /** Records into the providers of the day. */
  private useProviders(): void {
    this.useTracerProvider();
    this.useMeterProvider();
    this.recorders?.logs.changeLoggers();
    this.recorders?.errors.recording.refresh();
  }

  private useTracerProvider(): void {
    super.setTracerProvider(this.providers.traces);
    if (activeInstrumentation.owner === this) activeInstrumentation.tracer = this.tracer;
    // First, so that the event of an error finds the span that has failed still open.
    this.recorders?.errors.recording.refresh();
    this.recorders?.traces.recording.refresh();
  }

  private useMeterProvider(): void {
    const { metrics } = this.providers;
    if (metrics === this.currentMeterProvider) return;
    this.currentMeterProvider = metrics;
    super.setMeterProvider(metrics);
  }

  private providerChanged(): void {
    if (activeInstrumentation.waiting === this) this.enable();
  }

  private mayTakeOver(): boolean {
    const providers = activeInstrumentation.providers();
    return providers.some(isShutDown) || (!hasSdk(providers) && hasSdk(this.providers.all()));
  }

  private createRecorders(): Recorders {
    const {
      metrics: metricsOption,
      gpuConventions,
      events = {},
      logLevel = 'info',
      includeSensitive = false,
      spans,
    } = this.getConfig();
    const customEvents = Object.entries(events);
    const definedEvents: [string, CustomEventDefinition][] = [...catalogEvents, ...customEvents];
    const customMetrics = customEvents.flatMap(([event, { metrics = [] }]) =>
      metrics.map((metric): MetricDefinition => ({ ...metric, event })),
    );
    const definitions = [...(metricsOption ?? metricDefinitions({ gpuConventions })), ...customMetrics];
    const isTracing = () => !isPlaceholder(this.providers.traces);
    return {
      errors: new PythonErrorObserver(
        definedEvents,
        () =>
          isTracing() ||
          this.recorders?.metrics.recording.isRecording === true ||
          this.recorders?.logs.recording.isRecording === true,
      ),
      metrics: new MetricsRecorder(definitions, new Map(definedEvents), this.meter),
      traces: new TraceRecorder(definedEvents, {
        tracer: () => this.tracer,
        isRecording: isTracing,
        includeSensitive,
        spanTimes: { ...SPAN_TIMES, ...spans },
        gpuUsage: eventUsage,
      }),
      logs: new LogRecorder(definedEvents, {
        providers: () => this.providers.logs,
        minimumLevel: logLevel,
        includeSensitive,
      }),
    };
  }
}

interface Recorders {
  readonly errors: PythonErrorObserver;
  readonly metrics: MetricsRecorder;
  readonly traces: TraceRecorder;
  readonly logs: LogRecorder;
}
