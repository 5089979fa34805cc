import { InstrumentationBase, type InstrumentationConfig } from '@opentelemetry/instrumentation';
import { type CustomEventDefinition, LOG_LEVELS, type LogLevel } from './catalog/event-definition.js';
import { catalogEvents } from './catalog/events/index.js';
import { type GpuConventions, metricDefinitions } from './catalog/metric-definitions.js';
import type { MetricDefinition } from './catalog/metric-spec.js';
import { warnOnce } from './common/warn-once.js';
import { ConfigurationError } from './configuration/configuration-error.js';
import { checkSpanGpu, type SpanGpu } from './gpu/usage/span-gpu.js';
import { libraries, publishStates } from './instrumentations/index.js';
import { LogRecorder } from './recorders/logging/recorder.js';
import { MetricsRecorder } from './recorders/metrics/recorder.js';
import { TraceRecorder } from './recorders/tracing/recorder.js';
import { activeInstrumentation } from './spans/active-instrumentation.js';
import { PACKAGE_NAME, PACKAGE_VERSION } from './version.js';

export interface SnakepitInstrumentationConfig extends InstrumentationConfig {
  /** What is measured. @default every definition of `metricDefinitions({ gpuConventions })` */
  readonly metrics?: readonly MetricDefinition[];
  /** Names for GPU samples, unless `metrics` is given. @default 'snakepit' */
  readonly gpuConventions?: GpuConventions;
  /**
   * The GPU whose cost is told on every span of the Span helper, unless the span says otherwise: `cuda:0` or the like, or
   * `auto`. See the `gpu` option of `span()`. @default none
   */
  readonly spanGpu?: SpanGpu;
  /** Rows for events of your own, beside the catalog's: what they mean for metrics, traces and logs. */
  readonly events?: Readonly<Record<string, CustomEventDefinition>>;
  /** Events below this level make no OTel log record. @default 'info' */
  readonly logLevel?: LogLevel;
  /** Export free text of user code, such as exception messages and tracebacks. @default false */
  readonly includeSensitive?: boolean;
}

/**
 * Turns the events of the bus into metrics, spans and log records of the host's SDK.
 *
 * One per process records: a second one that is enabled meanwhile says so through `diag` and does nothing.
 */
export class SnakepitInstrumentation extends InstrumentationBase<SnakepitInstrumentationConfig> {
  // The constructor of the base class enables before fields of ours would be initialised: declared, not defined.
  declare private recorders: Recorders | undefined;

  /** @throws ConfigurationError for metric definitions that contradict each other, unknown conventions or devices */
  constructor(config: SnakepitInstrumentationConfig = {}) {
    super(PACKAGE_NAME, PACKAGE_VERSION, config);
  }

  protected override init() {
    return libraries.flatMap((library) => library.createPatches().definitions);
  }

  override enable(): void {
    if (activeInstrumentation.owner !== undefined) {
      if (activeInstrumentation.owner !== this)
        warnOnce('Another SnakepitInstrumentation is active; this one stays idle');
      return;
    }
    this.recorders ??= this.createRecorders();
    activeInstrumentation.owner = this;
    activeInstrumentation.tracer = this.tracer;
    activeInstrumentation.spanGpu = this.getConfig().spanGpu;
    for (const recorder of Object.values(this.recorders)) recorder.enable();
    publishStates();
    super.enable();
  }

  override disable(): void {
    if (activeInstrumentation.owner === this) {
      for (const recorder of Object.values(this.recorders ?? {})) recorder.disable();
      activeInstrumentation.owner = undefined;
      activeInstrumentation.tracer = undefined;
      activeInstrumentation.spanGpu = undefined;
    }
    super.disable();
  }

  override setTracerProvider(...args: Parameters<InstrumentationBase['setTracerProvider']>): void {
    super.setTracerProvider(...args);
    if (activeInstrumentation.owner === this) activeInstrumentation.tracer = this.tracer;
  }

  protected override _updateMetricInstruments(): void {
    this.recorders?.metrics.setMeter(this.meter);
    if (activeInstrumentation.owner === this) publishStates();
  }

  private createRecorders(): Recorders {
    const {
      metrics,
      gpuConventions,
      events = {},
      logLevel = 'info',
      includeSensitive = false,
      spanGpu,
    } = this.getConfig();
    if (spanGpu !== undefined) checkSpanGpu(spanGpu, 'spanGpu');
    if (!LOG_LEVELS.includes(logLevel))
      throw new ConfigurationError('logLevel', logLevel, LOG_LEVELS.join(', '));
    const ownRows = Object.entries(events);
    const rows: [string, CustomEventDefinition][] = [...catalogEvents, ...ownRows];
    const ownDefinitions = ownRows.flatMap(([event, row]) =>
      (row.metrics ?? []).map((metric): MetricDefinition => ({ ...metric, event })),
    );
    const definitions = [...(metrics ?? metricDefinitions({ gpuConventions })), ...ownDefinitions];
    return {
      metrics: new MetricsRecorder(definitions, new Map(rows), this.meter),
      traces: new TraceRecorder(rows, { tracer: () => this.tracer, includeSensitive }),
      logs: new LogRecorder(rows, { logger: () => this.logger, minimumLevel: logLevel, includeSensitive }),
    };
  }
}

interface Recorders {
  readonly metrics: MetricsRecorder;
  readonly traces: TraceRecorder;
  readonly logs: LogRecorder;
}
