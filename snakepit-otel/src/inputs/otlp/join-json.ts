import type { Attributes } from '@opentelemetry/api';
import { hasReadings, TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
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
import { findSpans, type MemberName, type SpanPlace } from './json-span-places.js';
import { resourceProcess } from './resource-process.js';
import { MAX_RESOURCES, usageOfSpan } from './span-usage.js';
import { jsonAttributes, readJsonResource, readJsonUsageSpan } from './usage-json.js';

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

/** A span, what is done with it, and the GPU usage that it gets. */
interface JoinedSpan {
  readonly received: ReceivedSpan;
  readonly join: Join;
  readonly usage: Attributes | undefined;
}

/**
 * Joins the spans of an `ExportTraceServiceRequest` in JSON, and adds GPU usage to those of processes of this host. All other bytes stay
 * as they are. Divides what it does after parsing among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function joinJson(bytes: Buffer, calls: CallSpans): Promise<JoinedRequest> {
  const groups = listsOf(parse(bytes.toString()), 'resourceSpans').map((group) => ({
    group,
    spans: listsOf(group, 'scopeSpans').flatMap((scope) => listsOf(scope, 'spans') as JsonSpan[]),
  }));
  const received = groups.flatMap(({ spans }) => spans.map(readSpan));
  checkSpanCount(received.length);
  const turn = new TurnBudget();
  const joins = await joinSpans(received, calls, turn);
  const usages = hasReadings() ? await usagesOf(groups, received, joins, turn) : [];
  const joined = joins.filter((join) => typeof join === 'object').length;
  const repeated = joins.filter((join) => join === REPEATED).length;
  const isChanged = joined + repeated > 0 || usages.some((usage) => usage !== undefined);
  const spans = received.map((span, index) => ({
    received: span,
    join: joins[index],
    usage: usages[index],
  }));
  const body = isChanged ? await applyEdits(bytes, editsOf(bytes, spans), turn) : bytes;
  return { body, spans: received.length - repeated, joined, repeated };
}

/** Returns the GPU usage of each span. */
async function usagesOf(
  groups: readonly { readonly group: object; readonly spans: readonly JsonSpan[] }[],
  received: readonly ReceivedSpan[],
  joins: readonly Join[],
  turn: TurnBudget,
): Promise<(Attributes | undefined)[]> {
  const usages: (Attributes | undefined)[] = [];
  for (const [at, { group, spans }] of groups.entries()) {
    const process = at < MAX_RESOURCES ? resourceProcess(readJsonResource(group)) : undefined;
    for (const span of spans) {
      if (turn.isSpent) await turn.next();
      const index = usages.length;
      const { correlationId } = received[index] as ReceivedSpan;
      const isRepeated = joins[index] === REPEATED;
      usages.push(isRepeated ? undefined : usageOfSpan(readJsonUsageSpan(span), process, correlationId));
    }
  }
  return usages;
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

/** Returns the edits that joins and GPU usage make, in order. */
function editsOf(bytes: Buffer, spans: readonly JoinedSpan[]): Edit[] {
  let index = 0;
  // A character for each byte: what is not UTF-8 stays as it is.
  return findSpans(bytes.toString('latin1')).flatMap((places) => {
    const list = spans.slice(index, index + places.length);
    index += places.length;
    const firstKept = list.findIndex(({ join }) => join !== REPEATED);
    return list.flatMap((span, at) => {
      const place = places[at] as SpanPlace;
      if (span.join !== REPEATED) return editSpan(bytes, place, span);
      // Removes a span with the comma before it, or after it if no span before it is kept.
      const isAfterKept = firstKept >= 0 && at > firstKept;
      const start = isAfterKept ? (places[at - 1] as SpanPlace).end : place.start;
      const end = isAfterKept ? place.end : (places[at + 1]?.start ?? place.end);
      return [{ start, end, by: NOTHING }];
    });
  });
}

function editSpan(bytes: Buffer, place: SpanPlace, { received, join, usage }: JoinedSpan): Edit[] {
  const edits = typeof join === 'object' ? editIds(place, received, join) : [];
  if (usage !== undefined) edits.push(addAttributes(bytes, place, jsonAttributes(usage)));
  return edits.sort((one, other) => one.start - other.start);
}

function editIds(place: SpanPlace, span: ReceivedSpan, join: JoinedIds): Edit[] {
  const edits: Edit[] = [];
  const set = (name: MemberName, id: string) => edits.push(setMember(place, name, `"${id}"`));
  if (join.traceId !== span.traceId) set('traceId', join.traceId);
  if (join.spanId !== span.spanId) set('spanId', join.spanId);
  if (join.parentId !== span.parentId) set('parentSpanId', join.parentId);
  return edits;
}

/** Sets a member of a span, which has others. */
function setMember(place: SpanPlace, name: MemberName, value: string): Edit {
  const at = place[name];
  const last = place.end - 1;
  return at === undefined
    ? { start: last, end: last, by: Buffer.from(`,"${name}":${value}`) }
    : { ...at, by: Buffer.from(value) };
}

const LIST = /^\[\s*(?<isEmpty>\])?/;

function addAttributes(bytes: Buffer, place: SpanPlace, added: string): Edit {
  const { start = 0, end = 0 } = place.attributes ?? {};
  const list = LIST.exec(bytes.toString('latin1', start, end));
  if (list === null) return setMember(place, 'attributes', `[${added}]`);
  const last = end - 1;
  return { start: last, end: last, by: Buffer.from(list.groups?.isEmpty ? added : `,${added}`) };
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
