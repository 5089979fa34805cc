import type { InstrumentationConfig } from '@opentelemetry/instrumentation';
import type { CustomEventDefinition } from './catalog/event-definition.js';
import type { LogLevel } from './catalog/log-level.js';
import type { GpuConventions } from './catalog/metric-definitions.js';
import type { MetricDefinition } from './catalog/metric-spec.js';
import type { SpanGpu } from './gpu/usage/span-gpu.js';
import type { InstrumentationsConfig } from './instrumentations/options/library-options.js';

/** Time after which spans of events whose stop event is missing, and of processes that still run, are ended. */
export interface UnfinishedSpansConfig {
  /** Time since the start event or the start of the process, ms. @default 900000 (15 minutes) */
  readonly maxAgeMs?: number;
  /** Time since the end of the call that the span belongs to, ms. @default 5000 */
  readonly unfinishedGraceMs?: number;
}

/** Options of `SnakepitInstrumentation`. */
export interface SnakepitInstrumentationConfig extends InstrumentationConfig {
  /** Metrics to record. @default all of `metricDefinitions({ gpuConventions })` */
  readonly metrics?: readonly MetricDefinition[];
  /** Names of GPU metrics; ignored if `metrics` is set. @default 'snakepit' */
  readonly gpuConventions?: GpuConventions;
  /**
   * GPU whose usage is recorded on every span of the Span helper that does not set its own: a device such as `cuda:0`, or
   * `auto`. See the option `gpu` of `span()`.
   * @default none
   */
  readonly spanGpu?: SpanGpu;
  /** Your own events, by name, each made by `defineEvent()`. @default none */
  readonly events?: Readonly<Record<string, CustomEventDefinition>>;
  /** Time after which spans of events whose stop event is missing are ended. */
  readonly spans?: UnfinishedSpansConfig;
  /** Options of the libraries that are instrumented, by library. @default {} */
  readonly instrumentations?: InstrumentationsConfig;
  /** Lowest level of events that are emitted as OTel log records. @default 'info' */
  readonly logLevel?: LogLevel;
  /** Exports free text of user code, such as messages and tracebacks of workers, and the text of errors. Secrets are redacted. @default false */
  readonly includeSensitive?: boolean;
}
