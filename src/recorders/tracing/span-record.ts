import type { HrTime, Span, SpanContext } from '@opentelemetry/api';
import type { Attributes } from '../../catalog/attributes.js';
import { type CorrelationIds, correlationIds } from '../../common/correlation-ids.js';
import type { EventIds } from './event-ids.js';
import { TimeOrdered } from './time-ordered.js';

/** A span made of events. */
export interface SpanRecord {
  readonly name: string;
  readonly ids: EventIds;
  /** Attributes of the event that made it. */
  readonly attributes: Attributes;
  readonly context: SpanContext;
  readonly isCall: boolean;
  readonly startTime: HrTime;
  /** Start, ns since the epoch. */
  readonly start: number;
  /** Arrival of its start event, ms of `performance.now()`. */
  readonly openedAt: number;
  /** Key that its start and its stop event share. */
  readonly pairKey: string;
  /** Spans with the same ids. */
  readonly relations: readonly Relation[];
  /** True if its stop event arrived alone. */
  readonly isUnpaired: boolean;
  /** The span around it. */
  parent: SpanRecord | undefined;
  /** The span while it is open. */
  span: Span | undefined;
  /** End, ns since the epoch. */
  end: number;
  /** Limit of its time, once its call has ended. */
  limit: SpanLimit | undefined;
  /** Open spans inside this call that have no ids of their own. */
  dependents: Set<SpanRecord> | undefined;
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
  readonly #key: string;
  #ids: CorrelationIds | undefined;

  constructor(key: string) {
    this.#key = key;
  }

  /** Ids that other processes derive from the correlation id too. */
  get ids(): CorrelationIds {
    this.#ids ??= correlationIds(this.#key);
    return this.#ids;
  }
}
