import { hasReadings, type SpanProcess, TurnBudget } from 'opentelemetry-instrumentation-snakepit/internal';
import { MessageEdits } from '../message-edits.js';
import { forEachField, type LengthField, lengthField, type Range, walkFields } from '../protobuf.js';
import type { CallSpans } from './call-spans.js';
import {
  checkSpanCount,
  type Join,
  type JoinedIds,
  joinSpans,
  REPEATED,
  type ReceivedSpan,
} from './join-spans.js';
import { resourceProcess } from './resource-process.js';
import { MAX_RESOURCES, usageOfSpan } from './span-usage.js';
import { readResource, readUsageSpan, usageFields } from './usage-protobuf.js';

// Numbers of fields: https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
const RESOURCE_SPANS = 1;
const RESOURCE = 1;
const SCOPE_SPANS = 2;
const SPANS = 2;
const TRACE_ID = 1;
const SPAN_ID = 2;
const PARENT_ID = 4;
const NAME = 5;
const ATTRIBUTES = 9;
const KEY = 1;
const VALUE = 2;
const STRING_VALUE = 1;

const CORRELATION_ID = Buffer.from('snakepit.correlation_id');
/** Some SDKs send it for a root. */
const NO_PARENT = /^0+$/;
const EMPTY: Range = { start: 0, end: 0 };
const NOTHING = Buffer.alloc(0);

/** Spans of a request to export after the join. */
export interface JoinedRequest {
  readonly body: Uint8Array;
  /** Spans in `body`. */
  readonly spans: number;
  /** Spans whose ids changed. */
  readonly joined: number;
  /** Spans that were left out: events report them already. */
  readonly repeated: number;
}

/** Where the parts of a span are in the request. */
interface PlacedSpan extends ReceivedSpan {
  readonly place: LengthField;
  readonly traceAt: Range;
  readonly idAt: Range;
  readonly parentAt: Range;
}

interface Scope {
  readonly place: LengthField;
  readonly spanPlaces: LengthField[];
}

interface Group {
  readonly place: LengthField;
  readonly scopes: Scope[];
  resourceAt: Range;
}

/**
 * Joins the spans of an `ExportTraceServiceRequest`, and adds GPU usage to those of processes of this host. All other bytes stay as they
 * are. Divides the work among turns of the event loop.
 *
 * @throws MalformedMessage (as a rejection)
 */
export async function joinProtobuf(body: Uint8Array, calls: CallSpans): Promise<JoinedRequest> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const turn = new TurnBudget();
  const groups = await findGroups(bytes, turn);
  const spans: PlacedSpan[] = [];
  for (const { scopes } of groups) {
    for (const { spanPlaces } of scopes) {
      for (const place of spanPlaces) {
        if (turn.isSpent) await turn.next();
        spans.push(readSpan(bytes, place));
      }
    }
  }
  const joins = await joinSpans(spans, calls, turn);
  const edits = new MessageEdits();
  const isMeasured = hasReadings();
  let next = 0;
  for (const [index, { place, scopes, resourceAt }] of groups.entries()) {
    if (turn.isSpent) await turn.next();
    const process =
      isMeasured && index < MAX_RESOURCES ? resourceProcess(readResource(bytes, resourceAt)) : undefined;
    let longer = 0;
    for (const scope of scopes) {
      let scopeLonger = 0;
      for (const _ of scope.spanPlaces) {
        if (turn.isSpent) await turn.next();
        const join = joins[next];
        const span = spans[next++] as PlacedSpan;
        const added = isMeasured && join !== REPEATED ? usageOf(bytes, span, process) : NOTHING;
        scopeLonger += edit(edits, span, join, added);
      }
      longer += edits.lengthen(scope.place, scopeLonger);
    }
    edits.lengthen(place, longer);
  }
  const repeated = joins.filter((join) => join === REPEATED).length;
  return {
    body: edits.isEmpty ? body : await edits.applyTo(bytes, turn),
    spans: spans.length - repeated,
    joined: joins.filter((join) => typeof join === 'object').length,
    repeated,
  };
}

/** Finds the spans of a request. @throws MalformedMessage (as a rejection) */
async function findGroups(bytes: Buffer, turn: TurnBudget): Promise<Group[]> {
  const groups: Group[] = [];
  let messages = 0;
  let group: Group | undefined;
  let scope: Scope | undefined;
  await walkFields(bytes, [[RESOURCE_SPANS], [SCOPE_SPANS]], turn, (place, level) => {
    if (level === 0 && place.number === RESOURCE_SPANS) {
      group = { place, scopes: [], resourceAt: EMPTY };
      groups.push(group);
    } else if (level === 1 && place.number === SCOPE_SPANS) {
      scope = { place, spanPlaces: [] };
      group?.scopes.push(scope);
    } else if (level === 2 && place.number === SPANS) scope?.spanPlaces.push(place);
    else {
      if (level === 1 && place.number === RESOURCE && group !== undefined) group.resourceAt = place;
      return;
    }
    checkSpanCount(++messages);
  });
  return groups;
}

function readSpan(bytes: Buffer, place: LengthField): PlacedSpan {
  let [traceAt, idAt, parentAt, nameAt] = [EMPTY, EMPTY, EMPTY, EMPTY];
  let correlationId = '';
  forEachField(bytes, place, (field) => {
    if (field.number === TRACE_ID) traceAt = field;
    else if (field.number === SPAN_ID) idAt = field;
    else if (field.number === PARENT_ID) parentAt = field;
    else if (field.number === NAME) nameAt = field;
    else if (field.number === ATTRIBUTES) correlationId = readCorrelationId(bytes, field) ?? correlationId;
  });
  const isValid = traceAt.end - traceAt.start === 16 && idAt.end - idAt.start === 8;
  return {
    place,
    traceAt,
    idAt,
    parentAt,
    traceId: bytes.toString('hex', traceAt.start, traceAt.end),
    spanId: bytes.toString('hex', idAt.start, idAt.end),
    parentId: bytes.toString('hex', parentAt.start, parentAt.end).replace(NO_PARENT, ''),
    name: bytes.toString('utf8', nameAt.start, nameAt.end),
    correlationId: isValid ? correlationId : '',
  };
}

/** Returns the value of an attribute if it is the correlation id and a text. */
function readCorrelationId(bytes: Buffer, attribute: LengthField): string | undefined {
  let isCorrelationId = false;
  let value: string | undefined;
  forEachField(bytes, attribute, (field) => {
    if (field.number === KEY) isCorrelationId = CORRELATION_ID.equals(bytes.subarray(field.start, field.end));
    else if (field.number === VALUE && isCorrelationId)
      forEachField(bytes, field, ({ number, start, end }) => {
        if (number === STRING_VALUE) value = bytes.toString('utf8', start, end);
      });
  });
  return value;
}

/** Returns the fields that a span gets for its GPU usage. */
function usageOf(bytes: Buffer, span: PlacedSpan, process: SpanProcess | undefined): Buffer {
  const usage = usageOfSpan(readUsageSpan(bytes, span.place), process, span.correlationId);
  return usage === undefined ? NOTHING : usageFields(usage);
}

/** Edits a span. @returns by how much its scope becomes longer */
function edit(edits: MessageEdits, span: PlacedSpan, join: Join, added: Buffer): number {
  const { place } = span;
  if (join === REPEATED) return edits.add({ start: place.fieldAt, end: place.end, by: NOTHING });
  let longer = join === undefined ? 0 : editIds(edits, span, join);
  if (added.length > 0) longer += edits.add({ start: place.end, end: place.end, by: added });
  return edits.lengthen(place, longer);
}

function editIds(
  edits: MessageEdits,
  { traceAt, idAt, parentAt, place, ...ids }: PlacedSpan,
  join: JoinedIds,
): number {
  let longer = 0;
  if (join.traceId !== ids.traceId) longer += edits.add({ ...traceAt, by: Buffer.from(join.traceId, 'hex') });
  if (join.spanId !== ids.spanId) longer += edits.add({ ...idAt, by: Buffer.from(join.spanId, 'hex') });
  if (join.parentId === ids.parentId) return longer;
  const parent = Buffer.from(join.parentId, 'hex');
  // Of a field that is there twice, the last one counts.
  return ids.parentId === ''
    ? longer + edits.add({ start: place.end, end: place.end, by: lengthField(PARENT_ID, parent) })
    : longer + edits.add({ ...parentAt, by: parent });
}
