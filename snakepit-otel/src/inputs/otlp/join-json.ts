import type { Attributes } from '@opentelemetry/api';
import { hasReadings, TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { applyEdits, type Edit } from '../message-edits.js';
import type { Range } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';
import type { JoinedRequest } from './join-protobuf.js';
import { type Join, type JoinedIds, joinSpans, REPEATED, type ReceivedSpan } from './join-spans.js';
import { findItems, frameOf, type ItemRanges, parseItem, resourcesOf } from './json-items.js';
import { type MemberName, placeOf, type SpanPlace } from './json-span-places.js';
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

/** Spans of a resource. */
interface Group {
  /** The resource, and its scopes with empty spans. */
  readonly frame: object;
  readonly spans: readonly Range[];
}

/**
 * Joins the spans of an `ExportTraceServiceRequest` in JSON, and adds GPU usage to those of processes of this host. All other bytes stay
 * as they are. Parses one span at a time, and divides the work among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function joinJson(bytes: Buffer, calls: CallSpans): Promise<JoinedRequest> {
  const turn = new TurnBudget();
  const ranges = await findItems(bytes, 'traces', turn);
  const groups = resourcesOf(frameOf(bytes, ranges), 'traces').map((frame, index) => ({
    frame,
    spans: ranges[index]?.flat() ?? [],
  }));
  const received: ReceivedSpan[] = [];
  for (const range of ranges.flat(2)) {
    if (turn.isSpent) await turn.next();
    received.push(readSpan(parseItem(bytes, range)));
  }
  const joins = await joinSpans(received, calls, turn);
  const usages = hasReadings() ? await usagesOf(bytes, groups, received, joins, turn) : [];
  const joined = joins.filter((join) => typeof join === 'object').length;
  const repeated = joins.filter((join) => join === REPEATED).length;
  const isChanged = joined + repeated > 0 || usages.some((usage) => usage !== undefined);
  const spans = received.map((span, index) => ({
    received: span,
    join: joins[index],
    usage: usages[index],
  }));
  const body = isChanged ? await applyEdits(bytes, await editsOf(bytes, ranges, spans, turn), turn) : bytes;
  return { body, spans: received.length - repeated, joined, repeated };
}

/** Returns the GPU usage of each span. */
async function usagesOf(
  bytes: Buffer,
  groups: readonly Group[],
  received: readonly ReceivedSpan[],
  joins: readonly Join[],
  turn: TurnBudget,
): Promise<(Attributes | undefined)[]> {
  const usages: (Attributes | undefined)[] = [];
  for (const [at, { frame, spans }] of groups.entries()) {
    const process = at < MAX_RESOURCES ? resourceProcess(readJsonResource(frame)) : undefined;
    for (const range of spans) {
      if (turn.isSpent) await turn.next();
      const index = usages.length;
      const { correlationId } = received[index] as ReceivedSpan;
      const isRepeated = joins[index] === REPEATED;
      const usage = () => usageOfSpan(readJsonUsageSpan(parseItem(bytes, range)), process, correlationId);
      usages.push(isRepeated ? undefined : usage());
    }
  }
  return usages;
}

/** Returns the edits that joins and GPU usage make, in order. */
async function editsOf(
  bytes: Buffer,
  ranges: ItemRanges,
  spans: readonly JoinedSpan[],
  turn: TurnBudget,
): Promise<Edit[]> {
  const edits: Edit[] = [];
  let index = 0;
  for (const places of ranges.flat()) {
    const list = spans.slice(index, index + places.length);
    index += places.length;
    const firstKept = list.findIndex(({ join }) => join !== REPEATED);
    for (const [at, span] of list.entries()) {
      if (turn.isSpent) await turn.next();
      const place = places[at] as Range;
      if (span.join !== REPEATED) {
        if (span.join !== undefined || span.usage !== undefined)
          edits.push(...editSpan(bytes, placeOf(bytes, place), span));
        continue;
      }
      // Removes a span with the comma before it, or after it if no span before it is kept.
      const isAfterKept = firstKept >= 0 && at > firstKept;
      const start = isAfterKept ? (places[at - 1] as Range).end : place.start;
      const end = isAfterKept ? place.end : (places[at + 1]?.start ?? place.end);
      edits.push({ start, end, by: NOTHING });
    }
  }
  return edits;
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
