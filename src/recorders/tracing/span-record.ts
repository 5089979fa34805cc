import type { HrTime, Span, SpanContext } from '@opentelemetry/api';
import type { Attributes } from '../../catalog/attributes.js';
import { type CorrelationIds, correlationIds } from '../../common/correlation-ids.js';
import type { EventIds } from './event-ids.js';
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
}

const NO_IDS: EventIds = { producer: '', worker: '', correlation: '', traceparent: '' };
const NO_TIME: HrTime = [0, 0];

/** A span made of events. */
export class SpanRecord implements NewSpan {
  readonly name: string;
  ids: EventIds;
  readonly attributes: Attributes;
  readonly relations: readonly Relation[];
  startTime: HrTime;
  readonly start: number;
  pairKey: string;
  readonly isCall: boolean;
  readonly isUnpaired: boolean;
  readonly context: SpanContext;
  /** The span while it is open. */
  span: Span | undefined;
  /** The span around it. */
  parent: SpanRecord | undefined;
  /** Arrival of its start event, ms of `performance.now()`. */
  readonly openedAt = performance.now();
  /** End, ns since the epoch. */
  end = 0;
  /** Arrival of its stop event, ms of `performance.now()`. */
  closedAt = 0;
  /** Limit of its time, once its call has ended. */
  limit: SpanLimit | undefined;
  /** Open spans inside this call that have no ids of their own. */
  dependents: Set<SpanRecord> | undefined;

  constructor(span: NewSpan, started: Span, parent: SpanRecord | undefined) {
    this.name = span.name;
    this.ids = span.ids;
    this.attributes = span.attributes;
    this.relations = span.relations;
    this.startTime = span.startTime;
    this.start = span.start;
    this.pairKey = span.pairKey;
    this.isCall = span.isCall;
    this.isUnpaired = span.isUnpaired;
    this.context = started.spanContext();
    this.span = started;
    this.parent = parent;
    this.limit = undefined;
    this.dependents = undefined;
  }

  /** Drops what only open spans need. */
  trim(): void {
    this.ids = NO_IDS;
    this.startTime = NO_TIME;
    this.pairKey = '';
  }
}

/** Limit of the time of a span whose call has ended. */
export interface SpanLimit {
  /** End of the call, ns since the epoch. */
  readonly callEnd: number;
  /** Time at which the span is ended, ms of `performance.now()`. */
  readonly due: number;
}

/** Spans that share a correlation id or a `traceparent`. */
export class Relation {
  /** Open spans, and those that ended a short time ago. */
  readonly spans = new TimeOrdered<SpanRecord>();
  /** Its first span. */
  first: SpanContext | undefined;
  /** True once it has had a call. */
  hasCall = false;
  openCalls = 0;
  /** End of its last call, ns since the epoch. */
  callEnd = Number.NEGATIVE_INFINITY;
  /** Open spans whose time no call limits, apart from calls. */
  unlimited = 0;
  /** The correlation id or `traceparent`. */
  readonly id: string;
  #ids: CorrelationIds | undefined;

  constructor(id: string) {
    this.id = id;
  }

  /** Ids that other processes derive from the correlation id too. */
  get ids(): CorrelationIds {
    this.#ids ??= correlationIds(this.id);
    return this.#ids;
  }
}
