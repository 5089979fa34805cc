import type { HrTime, Span, SpanContext } from '@opentelemetry/api';
import type { Attributes } from '../../catalog/attributes.js';
import { type CorrelationIds, correlationIds } from '../../common/correlation-ids.js';
import type { EventIds } from './event-ids.js';
import type { Place } from './insertion-order.js';
import { TimeOrdered } from './time-ordered.js';

/** A span that events are about to make. */
export interface NewSpan {
  readonly name: string;
  readonly ids: EventIds;
  /** Attributes of the event that makes it. */
  readonly attributes: Attributes;
  /** Spans with the same ids. */
  readonly relations: readonly Relation[];
  readonly startTime: HrTime;
  /** Start, ns since the epoch. */
  readonly start: number;
  /** Key that its start and its stop event share. */
  readonly pairKey: string;
  readonly isCall: boolean;
  /** True if its stop event arrived alone. */
  readonly isUnpaired: boolean;
  /** Arrival of the event, ms of `performance.now()`. */
  readonly arrivedAt: number;
}

/** A span made of events. What only an open span needs is in {@link OpenSpan}: thousands of ended ones are kept. */
export class SpanRecord {
  readonly name: string;
  readonly attributes: Attributes;
  readonly relations: readonly Relation[];
  /** Start, ns since the epoch. */
  readonly start: number;
  readonly isCall: boolean;
  readonly isUnpaired: boolean;
  readonly context: SpanContext;
  /** The span around it. */
  parent: SpanRecord | undefined;
  /** The span while it is open. */
  open: OpenSpan | undefined;
  /** Key that its start and its stop event share; empty once both have arrived. */
  pairKey: string;
  /** End, ns since the epoch. */
  end = 0;

  constructor(span: NewSpan, started: Span, parent: SpanRecord | undefined) {
    this.name = span.name;
    this.attributes = span.attributes;
    this.relations = span.relations;
    this.start = span.start;
    this.isCall = span.isCall;
    this.isUnpaired = span.isUnpaired;
    this.context = started.spanContext();
    this.parent = parent;
    this.open = span.isUnpaired ? undefined : new OpenSpan(span, started);
    this.pairKey = span.pairKey;
  }
}

/** State of a span that waits for its stop event. */
export class OpenSpan {
  readonly span: Span;
  readonly ids: EventIds;
  readonly startTime: HrTime;
  /** Arrival of its start event, ms of `performance.now()`. */
  readonly arrivedAt: number;
  /** Place among all open spans. */
  place: Place<SpanRecord> | undefined = undefined;
  /** Limit of its time, once its call has ended. */
  limit: SpanLimit | undefined = undefined;
  /** Open spans inside this call that have no ids of their own. */
  dependents: Set<SpanRecord> | undefined = undefined;

  constructor({ ids, startTime, arrivedAt }: NewSpan, span: Span) {
    this.span = span;
    this.ids = ids;
    this.startTime = startTime;
    this.arrivedAt = arrivedAt;
  }
}

/** Limit of the time of a span whose call has ended. */
export interface SpanLimit {
  /** End of the call, ns since the epoch. */
  readonly callEnd: number;
  /** Time at which the span is ended, ms of `performance.now()`. */
  readonly due: number;
  /** Place among the spans with a limit. */
  readonly place: Place<SpanRecord>;
}

/** Spans that share a correlation id or a `traceparent`: open ones, and those that ended a short time ago. */
export class Relation extends TimeOrdered<SpanRecord> {
  /** Its first span. */
  first: SpanContext | undefined = undefined;
  /** True once it has had a call. */
  hasCall = false;
  openCalls = 0;
  /** End of its last call, ns since the epoch. */
  callEnd = Number.NEGATIVE_INFINITY;
  /** Open spans whose time no call limits, apart from calls. */
  unlimited = 0;
  /** The correlation id or `traceparent`. */
  readonly id: string;
  #ids: CorrelationIds | undefined = undefined;

  constructor(id: string) {
    super();
    this.id = id;
  }

  /** Ids that other processes derive from the correlation id too. */
  get ids(): CorrelationIds {
    this.#ids ??= correlationIds(this.id);
    return this.#ids;
  }
}
