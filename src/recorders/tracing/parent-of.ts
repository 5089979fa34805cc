import {
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api';
import type { AnyEvent } from '../../catalog/any-event.js';
import type { RequestedIds } from '../../common/requested-ids.js';
import { readTraceparent } from '../../common/traceparent.js';
import type { EventIds } from './event-ids.js';
import type { EventSpans } from './event-spans.js';
import { haveSameAttributes } from './innermost-span.js';
import type { NewSpan, Relation, SpanRecord } from './span-record.js';

/** Place of a span in its trace. */
export interface Parent {
  /** Context to start the span in. */
  readonly context: Context;
  /** The span around it, if it was made of events. */
  readonly record?: SpanRecord;
  /** Ids that the span should have. */
  readonly requested?: RequestedIds | undefined;
}

/**
 * Returns the parent of a span. An event of this process belongs to the active span. Else a `traceparent` decides, or a correlation id
 * that is one. Within that trace the span around it is the innermost one with the same ids that contains it in time.
 */
export function parentOf(event: AnyEvent, span: NewSpan, spans: EventSpans): Parent {
  const isLocal = event.remote === undefined;
  const base = isLocal ? context.active() : ROOT_CONTEXT;
  const active = activeSpan(base);
  const fixed = active === undefined ? remoteParent(span.ids) : undefined;
  const traceId = (active ?? fixed)?.traceId;
  const record = spans.around(
    span.ids,
    span.relations,
    { time: span.start, isNow: isLocal },
    (candidate) =>
      (traceId === undefined || candidate.context.traceId === traceId) && !isSibling(candidate, span),
  );
  if (record !== undefined)
    return {
      context: trace.setSpanContext(base, record.context),
      record,
      requested: callSpanId(span, record.context.traceId),
    };
  if (active !== undefined) return { context: base };
  if (fixed !== undefined) return { context: trace.setSpanContext(base, fixed) };
  return root(base, span);
}

function activeSpan(base: Context): SpanContext | undefined {
  const active = trace.getSpanContext(base);
  return active !== undefined && isSpanContextValid(active) ? active : undefined;
}

const remoteParent = ({ traceparent, correlation }: EventIds): SpanContext | undefined =>
  readTraceparent(traceparent) ?? readTraceparent(correlation);

/** Returns true if both spans are of the same kind of operation: one does not contain the other, as it does not call itself. */
const isSibling = (other: SpanRecord, { name, attributes, isUnpaired }: NewSpan): boolean =>
  other.name === name && haveSameAttributes(other.attributes, attributes, isUnpaired || other.isUnpaired);

/** Returns the place of a root. It is in the trace that its correlation id determines, or in that of the first span of this id. */
function root(base: Context, span: NewSpan): Parent {
  const [relation] = span.relations;
  if (span.ids.correlation === '' || relation === undefined) return { context: base };
  const { traceId, callSpanId: spanId } = relation.ids;
  const { first } = relation;
  // The provider is the host's, with ids of its own, or the first span has a parent.
  if (first !== undefined && first.traceId !== traceId) return { context: trace.setSpanContext(base, first) };
  return { context: base, requested: { traceId, spanId: isFirstCall(span, relation) ? spanId : undefined } };
}

/** Returns the id of a call in the trace that its correlation id determines. */
function callSpanId(span: NewSpan, traceId: string): RequestedIds | undefined {
  const [relation] = span.relations;
  if (span.ids.correlation === '' || relation === undefined || !isFirstCall(span, relation)) return undefined;
  return relation.ids.traceId === traceId ? { spanId: relation.ids.callSpanId } : undefined;
}

const isFirstCall = ({ isCall }: NewSpan, { hasCall }: Relation): boolean => isCall && !hasCall;
