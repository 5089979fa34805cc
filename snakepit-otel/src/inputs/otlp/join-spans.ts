import { TraceFlags } from '@opentelemetry/api';
import {
  correlationIds,
  readTraceparent,
  type TurnBudget,
} from 'opentelemetry-instrumentation-snakepit/internal';
import { MalformedMessage } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';

/** Spans of a request to export. Empty ones have 2 bytes, and take hundreds of times as much memory here. */
const MAX_SPANS = 100_000;

/** A span as it was received. Ids are in hexadecimal; `parentId` is empty for a root. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  /** Value of `snakepit.correlation_id`; empty without one. */
  readonly correlationId: string;
}

/** Ids that a span gets. */
export interface JoinedIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
}

/** The span stands for a call that events report already. */
export const REPEATED = 'repeated';

/** What is done with a span: it gets ids, or is left out; `undefined` if it stays as it is. */
export type Join = JoinedIds | typeof REPEATED | undefined;

/** Spans of Elixir: one for each call. */
const CALL = 'snakepit.grpc.';
/** Spans of Python: one for each request, and those of them that a call of Elixir causes. */
const REQUEST = 'BridgeService/';
const REQUEST_OF_CALL = 'BridgeService/Execute';
/** Begins the correlation ids that Elixir makes. Python makes others, for requests without one. */
const ELIXIR_ID = 'sp-';

/**
 * Decides which trace each span of a request to export belongs to. A span with a correlation id is in the trace that this id
 * determines, or that it names if it is a `traceparent`; so are the spans below it in the same request to export. All others stay as they are.
 *
 * @returns one entry per span
 */
export async function joinSpans(
  spans: readonly ReceivedSpan[],
  calls: CallSpans,
  turn: TurnBudget,
): Promise<Join[]> {
  const joins: Join[] = [];
  let isAnyJoined = false;
  for (const span of spans) {
    if (turn.isSpent) await turn.next();
    const join = span.correlationId === '' ? undefined : joinByCorrelationId(span, calls);
    joins.push(join);
    isAnyJoined ||= join !== undefined;
  }
  if (!isAnyJoined) return joins;
  const byId = new Map<string, number>();
  for (const [index, { traceId, spanId }] of spans.entries()) {
    if (turn.isSpent) await turn.next();
    byId.set(idOf(traceId, spanId), index);
  }
  const parentOf = ({ traceId, parentId }: ReceivedSpan) =>
    parentId === '' ? undefined : byId.get(idOf(traceId, parentId));
  const family = { spans, joins, parentOf, unmoved: new Set<number>() };
  for (const [index, join] of joins.entries()) {
    if (turn.isSpent) await turn.next();
    if (join === undefined) followAncestor(index, family);
  }
  for (const [index, span] of spans.entries()) {
    if (turn.isSpent) await turn.next();
    const join = joins[index];
    const parent = parentOf(span);
    if (typeof join !== 'object' || parent === undefined) continue;
    const parentId = newSpanId(spans[parent] as ReceivedSpan, joins[parent]);
    if (parentId !== join.parentId) joins[index] = { ...join, parentId };
  }
  return joins;
}

/** @throws MalformedMessage for more spans than a request may have, their scopes included */
export function checkSpanCount(count: number): void {
  if (count > MAX_SPANS) throw new MalformedMessage(`more than ${MAX_SPANS} spans`);
}

/** Ids may have any length. */
const idOf = (traceId: string, spanId: string): string => `${traceId}-${spanId}`;

/** A repeated span has the id of the span that events made. */
const newSpanId = (span: ReceivedSpan, join: Join): string => {
  if (join === REPEATED) return correlationIds(span.correlationId).callSpanId;
  return join?.spanId ?? span.spanId;
};

function joinByCorrelationId(span: ReceivedSpan, calls: CallSpans): Join {
  const { spanId, parentId, name, correlationId } = span;
  const caller = readTraceparent(correlationId);
  if (caller !== undefined) {
    if (caller.traceFlags === TraceFlags.NONE) calls.sampling.seeUnsampledCaller();
    return { traceId: caller.traceId, spanId, parentId: parentId || caller.spanId };
  }
  const { traceId, callSpanId } = correlationIds(correlationId);
  if (name.startsWith(CALL)) {
    calls.sampling.seeCall(callSpanId);
    if (calls.isReported(callSpanId)) return REPEATED;
    return { traceId, spanId: calls.claim(callSpanId, spanId) ? callSpanId : spanId, parentId };
  }
  if (name.startsWith(REQUEST_OF_CALL) && correlationId.startsWith(ELIXIR_ID))
    calls.sampling.seeRequest(callSpanId);
  const hasCall =
    !name.startsWith(REQUEST) || name.startsWith(REQUEST_OF_CALL) || correlationId.startsWith(ELIXIR_ID);
  return { traceId, spanId, parentId: parentId || (hasCall ? callSpanId : '') };
}

/** Moves a span, and all between, to the trace of its nearest ancestor that was moved. `unmoved` are spans without one. */
function followAncestor(index: number, { spans, joins, parentOf, unmoved }: Family): void {
  const path = new Set<number>();
  let at: number | undefined = index;
  while (at !== undefined && joins[at] === undefined && !path.has(at) && !unmoved.has(at)) {
    path.add(at);
    at = parentOf(spans[at] as ReceivedSpan);
  }
  const join = at === undefined ? undefined : joins[at];
  if (at === undefined || join === undefined) {
    for (const step of path) unmoved.add(step);
    return;
  }
  const { correlationId } = spans[at] as ReceivedSpan;
  const traceId = join === REPEATED ? correlationIds(correlationId).traceId : join.traceId;
  for (const step of path) {
    const { spanId, parentId } = spans[step] as ReceivedSpan;
    joins[step] = { traceId, spanId, parentId };
  }
}

/** The spans of a request to export. */
interface Family {
  readonly spans: readonly ReceivedSpan[];
  readonly joins: Join[];
  /** Returns the index of the span's parent. */
  readonly parentOf: (span: ReceivedSpan) => number | undefined;
  readonly unmoved: Set<number>;
}
