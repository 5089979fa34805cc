import type { Span } from '@opentelemetry/api';
import type { RemoteOrigin } from './any-event.js';
import type { EventDefinition, MeasurementsOf, MetadataOf } from './event-definition.js';
import type { catalog } from './events/index.js';

type Catalog = {
  [N in keyof typeof catalog]: (typeof catalog)[N] extends EventDefinition<infer M, infer T>
    ? { measurements: MeasurementsOf<M>; metadata: MetadataOf<T> }
    : never;
};

/**
 * Measurements and metadata of every event, by name. Declare your own events by merging:
 *
 * ```ts
 * declare module 'opentelemetry-instrumentation-snakepit' {
 *   interface EventMap {
 *     'myapp.batch.done': { measurements: { items: number }; metadata: { model?: string } };
 *   }
 * }
 * ```
 */
export interface EventMap extends Catalog {}

type Suffix = 'start' | 'stop' | 'exception';

/** Names of declared events, and of the three events that a span of any name publishes. */
export type EventName = keyof EventMap | `${string}.${Suffix}`;

/** Any name, but in the namespace `snakepit` only those of declared events: a misspelled one is an error. */
export type KnownName<N extends string> = N extends keyof EventMap
  ? N
  : N extends `snakepit.${string}`
    ? Extract<keyof EventMap, `snakepit.${string}`>
    : N;

/** Measurements of span events: `system_time` (ns since epoch) at the start, `duration` (ns) after. */
interface SpanEvent {
  measurements: { readonly system_time?: number; readonly duration?: number };
  metadata: Readonly<Record<string, unknown>>;
}

type Payload<N extends EventName> = N extends keyof EventMap ? EventMap[N] : SpanEvent;

/** Measurements of the event `N`. */
export type Measurements<N extends EventName> = Payload<N>['measurements'];
/** Metadata of the event `N`. */
export type Metadata<N extends EventName> = Payload<N>['metadata'];

/** An event as handlers, and `node:diagnostics_channel` subscribers of the channel `name`, receive it. */
export interface SnakepitEvent<N extends EventName = EventName> {
  /** Name of the event, and of its channel. */
  readonly name: N;
  /** Numbers; durations in nanoseconds. */
  readonly measurements: Measurements<N>;
  /** Subject of the event, in Snakepit's snake_case keys. */
  readonly metadata: Metadata<N>;
  /** OTel span of the operation. Events of the Span helper and of libraries carry one. */
  readonly span?: Span;
  /** Origin of an event of another process; absent for events of this process. */
  readonly remote?: RemoteOrigin;
}
