import type { Field, Fields, OptionalField } from './field.js';
import type { MetricSpec } from './metric-spec.js';

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The measurements of an event: optional fields may be missing. */
export type MeasurementsOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends OptionalField<unknown> ? never : K]: ValueOf<F[K]>;
} & { readonly [K in keyof F as F[K] extends OptionalField<unknown> ? K : never]?: ValueOf<F[K]> };

/** The metadata of an event: any key may be missing or null, since events also come from other runtimes. */
export type MetadataOf<F extends Fields> = { readonly [K in keyof F]?: ValueOf<F[K]> | null };

/** What an event means for traces. Rows without a meaning leave traces alone. */
export type TraceMapping =
  | { readonly kind: 'start' | 'stop' | 'exception'; readonly span: string; readonly client?: true }
  /** Becomes a span event on the active span. */
  | { readonly kind: 'spanEvent' };

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLine<M, T> {
  /** @default the level that the log handler was attached with */
  readonly level?: LogLevel;
  /** The line; `undefined` where a key that it needs is missing, and the event is logged as it came. */
  readonly message?: (measurements: M, metadata: T) => string | undefined;
}

/** One row of the catalog: what an event carries and what it becomes. */
export interface EventDefinition<M extends Fields = Fields, T extends Fields = Fields> {
  readonly description: string;
  /** Who emits it: Snakepit's Elixir side, its Python side, nobody yet (declared only), or this package. */
  readonly origin: 'elixir' | 'python' | 'declared' | 'package';
  readonly measurements: M;
  readonly metadata: T;
  readonly metrics?: readonly MetricSpec[];
  readonly trace?: TraceMapping;
  readonly log?: LogLine<never, never>;
}

/** Types a row: its log line sees the row's own keys. */
export function defineEvent<const M extends Fields, const T extends Fields>(
  definition: Omit<EventDefinition<M, T>, 'log'> & {
    readonly log?: LogLine<MeasurementsOf<M>, MetadataOf<T>>;
  },
): EventDefinition<M, T> {
  return definition;
}

export const spanStart = (span: string): TraceMapping => ({ kind: 'start', span });
export const spanStop = (span: string): TraceMapping => ({ kind: 'stop', span });
export const spanException = (span: string): TraceMapping => ({ kind: 'exception', span });
export const clientSpanStart = (span: string): TraceMapping => ({ kind: 'start', span, client: true });
export const spanEvent: TraceMapping = { kind: 'spanEvent' };

/** A row of the host's own: what an event becomes, and what it carries as far as that should be limited or checked. */
export type CustomEventDefinition = Partial<EventDefinition>;
