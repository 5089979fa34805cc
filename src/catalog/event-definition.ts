import { checkEvent } from './check-event.js';
import type { Field, Fields, OptionalField } from './field.js';
import type { LogLevel } from './log-level.js';
import type { MetricSpec } from './metric-spec.js';
import type { PythonErrorKeys } from './python-error-keys.js';

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** Measurements of an event; optional fields may be missing. */
export type MeasurementsOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends OptionalField<unknown> ? never : K]: ValueOf<F[K]>;
} & { readonly [K in keyof F as F[K] extends OptionalField<unknown> ? K : never]?: ValueOf<F[K]> };

/** Metadata of an event. Any key may be missing or null, since other runtimes emit events too. */
export type MetadataOf<F extends Fields> = { readonly [K in keyof F]?: ValueOf<F[K]> | null };

/** The event starts, ends or fails a span. */
export interface SpanMapping {
  /** Effect on the span. */
  readonly kind: 'start' | 'stop' | 'exception';
  /** Name of the span. */
  readonly span: string;
  /** True for a client span. @default false */
  readonly client?: true;
  /**
   * True if the span is a call to a worker: spans of the same correlation id end with it, and events of the worker without an id
   * belong to it while it is the worker's only one. @default false
   */
  readonly call?: true;
}

/** The event becomes a span event of the active span. */
export interface SpanEventMapping {
  /** Effect on the active span. */
  readonly kind: 'spanEvent';
  /** True if the worker has ended with the event: its open spans end unfinished. @default false */
  readonly endsWorker?: true;
}

/** The event ends the open spans of its producer as unfinished. It is no span event itself. */
export interface ProducerEndMapping {
  /** Effect on the spans of the producer. */
  readonly kind: 'producerEnd';
}

/** Effect of an event on traces. */
export type TraceMapping = SpanMapping | SpanEventMapping | ProducerEndMapping;

/** Log line of an event. */
export interface LogLine<M, T> {
  /** Level of the line. @default the level that the logger was attached with; `debug` for OTel log records */
  readonly level?: LogLevel;
  /** Returns the text; `undefined` selects the default text, which lists all measurements and metadata. */
  readonly message?: (measurements: M, metadata: T) => string | undefined;
}

/** Events whose lines `attachLogger()` writes: hardware, breakers, GPUs, retries and errors, as Snakepit's own logger. */
export type LogGroup = 'ml';

/** One row of the catalog: the contents of an event, and its metrics, spans and log lines. */
export interface EventDefinition<M extends Fields = Fields, T extends Fields = Fields> {
  /** Occurrence that the event reports, for the documentation. */
  readonly description: string;
  /** Emitter: Snakepit's Elixir side, its Python side, none so far (`declared`), or this package. */
  readonly origin: 'elixir' | 'python' | 'declared' | 'package';
  /** Numbers, by key. */
  readonly measurements: M;
  /** Everything else, by key. */
  readonly metadata: T;
  /** Metrics that the event feeds. @default none */
  readonly metrics?: readonly MetricSpec[];
  /** Metrics under the names of OTel's hardware conventions (`hw.*`). @default none */
  readonly hardwareMetrics?: readonly MetricSpec[];
  /** True if the event is a periodic sample: its gauges expire after three sampling intervals. @default false */
  readonly sampled?: boolean;
  /**
   * True if the event has a worker and the name of its pool: that name is recorded for other events of the worker, in which Snakepit
   * calls the pool by its module. @default false
   */
  readonly namesPool?: true;
  /** True if the metadata has the devices that the worker sees, as its environment determines them. @default false */
  readonly hasWorkerDevices?: true;
  /** True for a report of this package about itself, which no other process may publish. @default false */
  readonly reserved?: true;
  /**
   * Metadata keys in which the event carries a Python error. It is classified, and the event of its class is published.
   * @default none
   */
  readonly pythonError?: PythonErrorKeys;
  /** True if the event reports an error: its span event carries the state of the GPU. @default false */
  readonly isError?: boolean;
  /** Effect on traces. @default none */
  readonly trace?: TraceMapping;
  /** Group for `attachLogger()`. @default none: no line */
  readonly logGroup?: LogGroup;
  /** Log line. @default level `debug` and the default text */
  readonly log?: LogLine<never, never>;
}

/** Members that only the catalog sets. */
type HiddenKeys = 'origin' | 'hardwareMetrics' | 'logGroup' | 'namesPool' | 'hasWorkerDevices' | 'reserved';

/** Definition of an event of the host. Everything is optional; without declared keys, all keys are exported. */
export type CustomEventDefinition<M extends Fields = Fields, T extends Fields = Fields> = Partial<
  Omit<EventDefinition<M, T>, HiddenKeys>
>;

/** Measurements and metadata of a defined event, for merging into `EventMap`. */
export interface EventPayload<D extends CustomEventDefinition> {
  /** Numbers, by key. */
  measurements: MeasurementsOf<NonNullable<D['measurements']>>;
  /** Everything else, by key. */
  metadata: MetadataOf<NonNullable<D['metadata']>>;
}

type Typed<D, M extends Fields, T extends Fields> = Omit<D, 'measurements' | 'metadata' | 'log'> & {
  readonly log?: LogLine<MeasurementsOf<M>, MetadataOf<T>>;
};

/** Defines an event of the catalog. Its log line is typed with the keys of the event. */
export function defineEvent<const M extends Fields, const T extends Fields>(
  definition: Typed<EventDefinition, M, T> & { readonly measurements: M; readonly metadata: T },
): EventDefinition<M, T>;
/**
 * Defines an event of your own, for the option `events` of `SnakepitInstrumentation`.
 *
 * ```ts
 * const batchDone = defineEvent({
 *   measurements: { duration: integer('ns') },
 *   metadata: { model: text() },
 *   metrics: [counter('myapp.batches.total', { description: 'Batches', tags: ['model'] })],
 *   trace: spanEvent,
 * });
 * ```
 *
 * @throws ConfigurationError for an unknown member, or a metric with tags, a measurement or a unit that the event does not have
 */
export function defineEvent<const M extends Fields = Fields, const T extends Fields = Fields>(
  definition: Partial<Typed<Omit<EventDefinition, HiddenKeys>, M, T>> & {
    readonly measurements?: M;
    readonly metadata?: T;
  },
): CustomEventDefinition<M, T>;
export function defineEvent(definition: CustomEventDefinition): CustomEventDefinition {
  // Those of the catalog have an origin. A test checks them.
  if (!('origin' in Object(definition))) checkEvent('defineEvent()', definition);
  return definition;
}

/** Puts the events of a family into a log group. */
export const inLogGroup = <const R extends Readonly<Record<string, EventDefinition>>>(
  logGroup: LogGroup,
  events: R,
): R =>
  Object.fromEntries(Object.entries(events).map(([name, event]) => [name, { ...event, logGroup }])) as R;

/** The event starts the span of this name. */
export const spanStart = (span: string): TraceMapping => ({ kind: 'start', span });
/** The event starts the client span of this name. */
export const clientSpanStart = (span: string): TraceMapping => ({ kind: 'start', span, client: true });
/** The event starts the client span of a call to a worker. */
export const callSpanStart = (span: string): TraceMapping => ({
  kind: 'start',
  span,
  client: true,
  call: true,
});
/** The event ends the span of this name. */
export const spanStop = (span: string): TraceMapping => ({ kind: 'stop', span });
/** The event ends the span of this name with an error. */
export const spanException = (span: string): TraceMapping => ({ kind: 'exception', span });
/** The event becomes a span event of the active span. */
export const spanEvent: TraceMapping = { kind: 'spanEvent' };
/** The event becomes a span event, and ends the open spans of its worker as unfinished. */
export const workerEnd: TraceMapping = { kind: 'spanEvent', endsWorker: true };
/** The event ends the open spans of its producer as unfinished. */
export const producerEnd: TraceMapping = { kind: 'producerEnd' };
