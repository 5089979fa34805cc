import protobuf from 'protobufjs';

// The parts of https://github.com/open-telemetry/opentelemetry-proto that the tests read. Unknown fields are left out.
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
    fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9; fixed32 flags = 16;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
`);
const Request = root.lookupType('Request');

/** A span of a request to export, with its ids in hexadecimal. */
export interface DecodedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly correlationId: string;
  /** Everything else. */
  readonly rest: object;
}

interface Attribute {
  readonly key: string;
  readonly value?: { readonly stringValue?: string };
}

interface Scope {
  readonly scope?: object;
  readonly spans?: readonly {
    readonly traceId?: Buffer | string;
    readonly spanId?: Buffer | string;
    readonly parentSpanId?: Buffer | string;
    readonly name: string;
    readonly attributes?: Attribute[];
  }[];
}

const decode = (body: Uint8Array) =>
  Request.toObject(Request.decode(body), { bytes: Buffer, longs: String, defaults: false });

/** Decodes a request to export spans. */
export function spansOf(body: Uint8Array, encoding: 'protobuf' | 'json' = 'protobuf'): DecodedSpan[] {
  const message = encoding === 'json' ? JSON.parse(`${body}`) : decode(body);
  const resources: readonly { resource?: object; scopeSpans?: readonly Scope[] }[] =
    message.resourceSpans ?? [];
  return resources.flatMap(({ resource, scopeSpans = [] }) =>
    scopeSpans.flatMap(({ scope, spans = [] }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, ...rest }) => ({
        traceId: hex(traceId),
        spanId: hex(spanId),
        parentId: hex(parentSpanId),
        name,
        correlationId: correlationIdOf(rest.attributes),
        rest: { ...rest, resource, scope },
      })),
    ),
  );
}

/** Encodes a request to export spans. */
export const encodeRequest = (request: object): Buffer =>
  Buffer.from(Request.encode(Request.fromObject(request)).finish());

/** Returns a request to export spans as it is in JSON. */
export const jsonOf = (body: Uint8Array): object =>
  JSON.parse(JSON.stringify(decode(body)), (_key, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('hex') : value,
  );

/** Fields with the ids of a span. */
const IDS = [1, 2, 4];
const CORRELATION_ID = Buffer.from('snakepit.correlation_id');

/** Returns the bytes of all fields of a request, but for the ids of spans with a correlation id. Fields of messages around spans count one by one. */
export function leavesOf(body: Uint8Array, depth = 0): string[] {
  const bytes = Buffer.from(body);
  const isJoined = depth === 3 && bytes.includes(CORRELATION_ID);
  const reader = protobuf.Reader.create(bytes);
  const leaves: string[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const key = reader.uint32();
    const isMessage = key === (depth === 0 ? 10 : 18) && depth < 3;
    if (isMessage) leaves.push('{', ...leavesOf(reader.bytes(), depth + 1), '}');
    else reader.skipType(key & 7);
    if (!isMessage && !(isJoined && IDS.includes(key >> 3)))
      leaves.push(bytes.toString('hex', start, reader.pos));
  }
  return leaves;
}

const hex = (id: Buffer | string | undefined): string =>
  typeof id === 'string' ? id : (id?.toString('hex') ?? '');

const correlationIdOf = (attributes: Attribute[] = []): string =>
  attributes.find(({ key }) => key === 'snakepit.correlation_id')?.value?.stringValue ?? '';
