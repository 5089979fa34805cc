import { isSpanContextValid, type Span } from '@opentelemetry/api';
import type { EventIds } from './event-ids.js';
import { innermostSpan, type Moment } from './innermost-span.js';
import { InsertionOrder } from './insertion-order.js';
import { RecentSpans } from './recent-spans.js';
import { Relations } from './relations.js';
import { SpanPairs } from './span-pairs.js';
import type { OpenSpan, Relation, SpanLimit, SpanRecord } from './span-record.js';
import type { SpanTimes } from './span-times.js';
import { WorkerCalls } from './worker-calls.js';

/** Reason for which a span was ended without its stop event. */
export type UnfinishedReason = 'call_ended' | 'worker_died' | 'expired';

/** Ends a span at a time, ns since the epoch. */
type EndUnfinished = (span: Span, record: SpanRecord, reason: UnfinishedReason, end: number) => void;

const MAX_OPEN = 10_000;
const NS_PER_MS = 1e6;

const isOpen = ({ open }: SpanRecord): boolean => open !== undefined;

/** The spans made of events: the open ones, and those that ended a short time ago. */
export class EventSpans {
  readonly pairs = new SpanPairs();
  readonly #relations = new Relations();
  readonly #calls = new WorkerCalls();
  readonly #open = new InsertionOrder<SpanRecord>();
  readonly #limited = new InsertionOrder<SpanRecord>();
  readonly #recent = new RecentSpans((record) => this.#forget(record));
  readonly #times: SpanTimes;
  readonly #endUnfinished: EndUnfinished;
  #timer: NodeJS.Timeout | undefined;
  #timerDue = 0;

  constructor(times: SpanTimes, endUnfinished: EndUnfinished) {
    this.#times = times;
    this.#endUnfinished = endUnfinished;
  }

  /** Returns the relations of an event that makes a span. It arrived at `now`, ms of `performance.now()`. */
  relationsOf(ids: EventIds, now: number): readonly Relation[] {
    this.#recent.sweep(now);
    return this.#relations.of(ids);
  }

  /** Returns the innermost open span that a point event belongs to. */
  aroundPoint(ids: EventIds, moment: Moment): Span | undefined {
    const isRelated = ids.correlation !== '' || ids.traceparent !== '';
    const relations = isRelated ? this.#relations.known(ids) : [];
    if (isRelated && relations.length === 0) return undefined;
    return this.around(ids, relations, moment, isOpen)?.open?.span;
  }

  /** Returns the innermost span with the ids of the event that contains it, or else the only open call of its worker. */
  around(
    ids: EventIds,
    relations: readonly Relation[],
    moment: Moment,
    accepts: (record: SpanRecord) => boolean,
  ): SpanRecord | undefined {
    let found: SpanRecord | undefined;
    for (const relation of relations) {
      const record = relation.size === 0 ? undefined : innermostSpan(relation, moment, accepts);
      if (record !== undefined && (found === undefined || record.start > found.start)) found = record;
    }
    if (found !== undefined || relations.length > 0) return found;
    const call = this.#calls.only(ids);
    if (call === undefined || !(moment.isNow || call.start <= moment.time)) return undefined;
    return accepts(call) ? call : undefined;
  }

  /** Adds a span whose start event has arrived. */
  open(record: SpanRecord, open: OpenSpan): void {
    this.pairs.add(record);
    open.place = this.#open.add(record);
    this.#relate(record);
    if (record.isCall) {
      this.#calls.add(record, open.ids);
      for (const relation of record.relations) relation.openCalls++;
    } else {
      for (const relation of record.relations) relation.unlimited++;
      const [relation] = record.relations;
      if (relation === undefined) dependOn(record.parent, record);
      else if (relation.openCalls === 0 && record.start <= relation.callEnd)
        this.#limit(record, open, relation.callEnd);
    }
    if (this.#open.size > MAX_OPEN && this.#open.oldest !== undefined)
      this.#unfinished(this.#open.oldest, 'expired');
    if (this.#timer === undefined) this.#arm(open.arrivedAt + this.#times.maxAgeMs);
  }

  /** Adds a span whose stop event has arrived alone. */
  addUnpaired(record: SpanRecord, now: number): void {
    this.#relate(record);
    this.pairs.add(record);
    this.#recent.add(record, now);
    if (record.isCall) for (const relation of record.relations) this.#endCall(relation, record.end);
  }

  /**
   * Removes a span that ended at `end`, ns since the epoch, from the open ones. It may still be the parent of late events with its ids.
   *
   * @param now arrival of its stop event, ms of `performance.now()`
   */
  close(record: SpanRecord, open: OpenSpan, end: number, now: number): void {
    record.end = end;
    this.#leave(record, open, end);
    record.pairKey = '';
    if (record.relations.length > 0) this.#recent.add(record, now);
    else record.parent = undefined;
  }

  /** Ends the open spans of a worker. */
  endWorker({ producer, worker }: EventIds, end: number | undefined): void {
    if (worker === '') return;
    this.#endAll('worker_died', ({ ids }) => ids.worker === worker && ids.producer === producer, end);
  }

  /** Ends the open spans of a producer. */
  endProducer(producer: unknown): void {
    if (producer === '') return;
    this.#endAll('worker_died', ({ ids }) => ids.producer === producer);
  }

  /** Ends all open spans, and forgets the others. */
  clear(): void {
    this.#endAll('expired', () => true);
    this.#recent.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #endAll(reason: UnfinishedReason, matches: (open: OpenSpan) => boolean, end?: number): void {
    const matching: SpanRecord[] = [];
    for (const record of this.#open)
      if (record.open !== undefined && matches(record.open)) matching.push(record);
    for (const record of matching) this.#unfinished(record, reason, end);
  }

  #relate(record: SpanRecord): void {
    for (const relation of record.relations) {
      // Not before its span exists: the provider is the host's, and may throw.
      if (relation.size === 0) this.#relations.keep(relation);
      relation.add(record);
      if (isSpanContextValid(record.context)) relation.first ??= record.context;
      if (record.isCall) relation.hasCall = true;
    }
  }

  #unfinished(record: SpanRecord, reason: UnfinishedReason, at?: number): void {
    const { open, start } = record;
    if (open === undefined) return;
    const { limit } = open;
    // The producer may have another clock. Its time is as far from the start as that of the arrival of both events.
    let end = Math.max(start, at ?? start + (performance.now() - open.arrivedAt) * NS_PER_MS);
    // Events that arrive all at once, as from a file, have times that are far from each other.
    const isLate = limit !== undefined && end > limit.callEnd + this.#times.unfinishedGraceMs * NS_PER_MS;
    if (isLate) end = Math.max(start, limit.callEnd);
    this.#leave(record, open, end);
    record.end = Number.NEGATIVE_INFINITY;
    this.#forget(record);
    this.#endUnfinished(open.span, record, isLate ? 'call_ended' : reason, end);
  }

  /** Removes a span from all that only open spans are in. */
  #leave(record: SpanRecord, open: OpenSpan, end: number): void {
    const { place, limit } = open;
    record.open = undefined;
    if (place !== undefined) this.#open.delete(place);
    this.pairs.remove(record);
    record.parent?.open?.dependents?.delete(record);
    if (record.isCall) this.#leaveCall(record, open, end);
    else if (limit !== undefined) this.#limited.delete(limit.place);
    else for (const relation of record.relations) relation.unlimited--;
  }

  #leaveCall(call: SpanRecord, { ids, dependents }: OpenSpan, end: number): void {
    this.#calls.remove(call, ids);
    for (const relation of call.relations) {
      relation.openCalls--;
      this.#endCall(relation, end);
    }
    for (const record of dependents ?? [])
      if (record.open !== undefined) this.#limit(record, record.open, end);
  }

  /** Limits the time of the spans of a call that ended, if it was the last one. */
  #endCall(relation: Relation, end: number): void {
    relation.callEnd = Math.max(relation.callEnd, end);
    if (relation.openCalls > 0 || relation.unlimited === 0) return;
    for (const record of relation) {
      const { open } = record;
      if (open !== undefined && !record.isCall && open.limit === undefined)
        this.#limit(record, open, relation.callEnd);
    }
  }

  #limit(record: SpanRecord, open: OpenSpan, callEnd: number): void {
    const due = performance.now() + this.#times.unfinishedGraceMs;
    open.limit = { callEnd, due, place: this.#limited.add(record) };
    for (const relation of record.relations) relation.unlimited--;
    this.#arm(due);
  }

  #forget(record: SpanRecord): void {
    for (const relation of record.relations) {
      relation.remove(record);
      this.#relations.forget(relation);
    }
    if (record.isUnpaired) this.pairs.remove(record);
    record.parent = undefined;
  }

  #arm(due: number): void {
    if (this.#timer !== undefined && this.#timerDue <= due) return;
    clearTimeout(this.#timer);
    this.#timerDue = due;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(0, Math.ceil(due - performance.now())));
    this.#timer.unref();
  }

  #onTimer(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (let limit = this.#oldestLimit; limit !== undefined; limit = this.#oldestLimit) {
      if (limit.due > now) {
        this.#arm(limit.due);
        break;
      }
      this.#unfinished(limit.place.item, 'call_ended', limit.callEnd);
    }
    for (let { oldest } = this.#open; oldest?.open !== undefined; oldest = this.#open.oldest) {
      const due = oldest.open.arrivedAt + this.#times.maxAgeMs;
      if (due > now) {
        this.#arm(due);
        break;
      }
      this.#unfinished(oldest, 'expired');
    }
    this.#recent.sweep(now);
  }

  get #oldestLimit(): SpanLimit | undefined {
    return this.#limited.oldest?.open?.limit;
  }
}

function dependOn(call: SpanRecord | undefined, record: SpanRecord): void {
  if (call?.isCall !== true || call.open === undefined) return;
  call.open.dependents ??= new Set();
  call.open.dependents.add(record);
}
