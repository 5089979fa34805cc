import { hasReadings, type SpanProcess } from 'opentelemetry-instrumentation-snakepit/internal';
import { MalformedMessage } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';
import type { JoinedRequest } from './join-protobuf.js';
import { checkSpanCount, type Join, joinSpans, REPEATED, type ReceivedSpan } from './join-spans.js';
import { resourceProcess } from './resource-process.js';
import { MAX_RESOURCES, usageOfSpan } from './span-usage.js';
import { addJsonAttributes, readJsonResource, readJsonUsageSpan } from './usage-json.js';

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
 * Joins the spans of an `ExportTraceServiceRequest` in JSON, and adds GPU usage to those of processes of this host. Large integers become
 * texts, which mean the same in OTLP.
 *
 * @throws MalformedMessage
 */
export function joinJson(text: string, calls: CallSpans): JoinedRequest {
  const request = parse(text);
  const lists = listsOf(request, 'resourceSpans').flatMap((group) =>
    listsOf(group, 'scopeSpans').map((scope) => ({
      group,
      scope: scope as { spans?: unknown },
      spans: listsOf(scope, 'spans') as JsonSpan[],
    })),
  );
  const spans = lists.flatMap((list) => list.spans);
  checkSpanCount(spans.length);
  const received = spans.map(readSpan);
  const joins = joinSpans(received, calls);
  const joinOf = new Map(spans.map((span, index) => [span, joins[index]]));
  const joined = joins.filter((join) => typeof join === 'object').length;
  const repeated = joins.filter((join) => join === REPEATED).length;
  const measured = hasReadings() ? addUsage(lists, received, joins) : 0;
  if (joined + repeated + measured === 0)
    return { body: Buffer.from(text), spans: spans.length, joined, repeated };
  for (const { scope, spans: list } of lists) {
    const kept = list.filter((span) => joinOf.get(span) !== REPEATED);
    if (kept.length < list.length) scope.spans = kept;
    for (const span of kept) setIds(span, joinOf.get(span));
  }
  const body = Buffer.from(JSON.stringify(request));
  return { body, spans: spans.length - repeated, joined, repeated };
}

/** Adds GPU usage to spans. @returns the number of those that get it */
function addUsage(
  lists: readonly { readonly group: object; readonly spans: readonly JsonSpan[] }[],
  received: readonly ReceivedSpan[],
  joins: readonly Join[],
): number {
  let [index, measured] = [0, 0];
  const processes = new Map<object, SpanProcess | undefined>();
  for (const { group } of lists)
    if (!processes.has(group) && processes.size < MAX_RESOURCES)
      processes.set(group, resourceProcess(readJsonResource(group)));
  for (const { group, spans } of lists) {
    const process = processes.get(group);
    for (const span of spans) {
      const { correlationId } = received[index] as ReceivedSpan;
      if (joins[index++] === REPEATED) continue;
      const usage = usageOfSpan(readJsonUsageSpan(span), process, correlationId);
      if (usage === undefined) continue;
      addJsonAttributes(span, usage);
      measured++;
    }
  }
  return measured;
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
