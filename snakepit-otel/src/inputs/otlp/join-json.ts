import { MalformedMessage } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';
import type { JoinedRequest } from './join-protobuf.js';
import { checkSpanCount, type Join, joinSpans, REPEATED, type ReceivedSpan } from './join-spans.js';

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
/** Escapes and quotes, which show where texts are, and long numbers. No match depends on what follows it: the time is linear. */
const QUOTE_OR_LONG_NUMBER = /\\[\s\S]|"|-?\d[\d.eE+-]{15,999}/g;
/** An integer, which a number of JavaScript may not hold exactly if it is long. */
const INTEGER = /^-?[1-9]\d*$/;

/**
 * Joins the spans of an `ExportTraceServiceRequest` in JSON. Large integers become texts, which mean the same in OTLP.
 *
 * @throws MalformedMessage
 */
export function joinJson(text: string, calls: CallSpans): JoinedRequest {
  const request = parse(text);
  const lists = listsOf(request, 'resourceSpans')
    .flatMap((resource) => listsOf(resource, 'scopeSpans'))
    .map((scope) => ({ scope: scope as { spans?: unknown }, spans: listsOf(scope, 'spans') as JsonSpan[] }));
  const spans = lists.flatMap((list) => list.spans);
  checkSpanCount(spans.length);
  const joins = joinSpans(spans.map(readSpan), calls);
  const joinOf = new Map(spans.map((span, index) => [span, joins[index]]));
  const joined = joins.filter((join) => typeof join === 'object').length;
  const repeated = joins.filter((join) => join === REPEATED).length;
  if (joined + repeated === 0) return { body: Buffer.from(text), spans: spans.length, joined, repeated };
  for (const { scope, spans: list } of lists) {
    const kept = list.filter((span) => joinOf.get(span) !== REPEATED);
    if (kept.length < list.length) scope.spans = kept;
    for (const span of kept) setIds(span, joinOf.get(span));
  }
  const body = Buffer.from(JSON.stringify(request));
  return { body, spans: spans.length - repeated, joined, repeated };
}

function parse(text: string): object {
  let request: unknown;
  try {
    request = JSON.parse(quoteLargeIntegers(text));
  } catch {
    throw new MalformedMessage('the body is not JSON');
  }
  if (!isObject(request)) throw new MalformedMessage('the body is not an object');
  return request;
}

function quoteLargeIntegers(text: string): string {
  let isInText = false;
  return text.replace(QUOTE_OR_LONG_NUMBER, (match) => {
    if (match === '"') isInText = !isInText;
    return !isInText && INTEGER.test(match) ? `"${match}"` : match;
  });
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

function setIds(span: JsonSpan, join: Join): void {
  if (typeof join !== 'object') return;
  span.traceId = join.traceId;
  span.spanId = join.spanId;
  if (join.parentId !== '') span.parentSpanId = join.parentId;
}
