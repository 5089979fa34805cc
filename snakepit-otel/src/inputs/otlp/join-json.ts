import { applyEdits, type Edit, MalformedMessage } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';
import type { JoinedRequest } from './join-protobuf.js';
import {
  checkSpanCount,
  type Join,
  type JoinedIds,
  joinSpans,
  REPEATED,
  type ReceivedSpan,
} from './join-spans.js';
import { findSpans, type IdName, type SpanPlace } from './json-span-places.js';

/** The parts of a request in JSON that are read here. Its sender may have sent anything. */
interface JsonSpan {
  traceId?: unknown;
  spanId?: unknown;
  parentSpanId?: unknown;
  name?: unknown;
  attributes?: unknown;
}
interface JsonAttribute {
  readonly key?: unknown;
  readonly value?: { readonly stringValue?: unknown } | null;
}

const CORRELATION_ID = 'snakepit.correlation_id';
const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;
const NO_PARENT = /^0*$/;
const NOTHING = new Uint8Array();

/**
 * Joins the spans of an `ExportTraceServiceRequest` in JSON. All bytes but the ids of joined spans stay as they are.
 *
 * @throws MalformedMessage
 */
export function joinJson(bytes: Buffer, calls: CallSpans): JoinedRequest {
  const spans = listsOf(parse(bytes.toString()), 'resourceSpans')
    .flatMap((resource) => listsOf(resource, 'scopeSpans'))
    .flatMap((scope) => listsOf(scope, 'spans') as JsonSpan[])
    .map(readSpan);
  checkSpanCount(spans.length);
  const joins = joinSpans(spans, calls);
  const joined = joins.filter((join) => typeof join === 'object').length;
  const repeated = joins.filter((join) => join === REPEATED).length;
  const body = joined + repeated === 0 ? bytes : applyEdits(bytes, editsOf(bytes, spans, joins));
  return { body, spans: spans.length - repeated, joined, repeated };
}

function parse(text: string): object {
  let request: unknown;
  try {
    request = JSON.parse(text);
  } catch {
    throw new MalformedMessage('the body is not JSON');
  }
  if (!isObject(request)) throw new MalformedMessage('the body is not an object');
  return request;
}

/** Returns the edits that joins make, in order. */
function editsOf(bytes: Buffer, spans: readonly ReceivedSpan[], joins: readonly Join[]): Edit[] {
  let index = 0;
  // A character for each byte: what is not UTF-8 stays as it is.
  return findSpans(bytes.toString('latin1')).flatMap((places) => {
    const items = places.map((place) => ({
      place,
      span: spans[index] as ReceivedSpan,
      join: joins[index++],
    }));
    const firstKept = items.findIndex(({ join }) => join !== REPEATED);
    return items.flatMap(({ place, span, join }, at) => {
      if (join !== REPEATED) return join === undefined ? [] : editIds(place, span, join);
      // Removes a span with the comma before it, or after it if no span before it is kept.
      const isAfterKept = firstKept >= 0 && at > firstKept;
      const start = isAfterKept ? (places[at - 1] as SpanPlace).end : place.start;
      const end = isAfterKept ? place.end : (places[at + 1]?.start ?? place.end);
      return [{ start, end, by: NOTHING }];
    });
  });
}

function editIds(place: SpanPlace, span: ReceivedSpan, join: JoinedIds): Edit[] {
  const edits: Edit[] = [];
  const set = (name: IdName, id: string) => {
    const at = place[name];
    // Objects of spans that join are not empty: they have a trace.
    const last = place.end - 1;
    edits.push(
      at === undefined
        ? { start: last, end: last, by: Buffer.from(`,"${name}":"${id}"`) }
        : { ...at, by: Buffer.from(`"${id}"`) },
    );
  };
  if (join.traceId !== span.traceId) set('traceId', join.traceId);
  if (join.spanId !== span.spanId) set('spanId', join.spanId);
  if (join.parentId !== span.parentId) set('parentSpanId', join.parentId);
  return edits.sort((one, other) => one.start - other.start);
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns the objects of a list; none if it is absent. */
function listsOf(parent: object, key: string): object[] {
  const list: unknown = (parent as Record<string, unknown>)[key] ?? [];
  if (!Array.isArray(list) || !list.every(isObject))
    throw new MalformedMessage(`${key} is not a list of objects`);
  return list;
}

function readSpan({ traceId, spanId, parentSpanId, name, attributes }: JsonSpan): ReceivedSpan {
  const ids = { traceId: textOf(traceId), spanId: textOf(spanId) };
  const isValid = TRACE_ID.test(ids.traceId) && SPAN_ID.test(ids.spanId);
  const parent = textOf(parentSpanId);
  return {
    ...ids,
    parentId: NO_PARENT.test(parent) ? '' : parent,
    name: typeof name === 'string' ? name : '',
    correlationId: isValid ? correlationIdOf(attributes) : '',
  };
}

/** Ids may have capital letters. */
const textOf = (id: unknown): string => (typeof id === 'string' ? id.toLowerCase() : '');

function correlationIdOf(attributes: unknown): string {
  const list: (JsonAttribute | null)[] = Array.isArray(attributes) ? attributes : [];
  const value = list.find((attribute) => attribute?.key === CORRELATION_ID)?.value?.stringValue;
  return typeof value === 'string' ? value : '';
}
