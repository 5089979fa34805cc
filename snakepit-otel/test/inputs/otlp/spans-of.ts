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
    readonly traceId?: Buffer;
    readonly spanId?: Buffer;
    readonly parentSpanId?: Buffer;
    readonly name: string;
    readonly attributes?: Attribute[];
  }[];
}

/** Decodes a request to export spans. */
export function spansOf(body: Uint8Array): DecodedSpan[] {
  const message = Request.toObject(Request.decode(body), { bytes: Buffer, longs: String, defaults: false });
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

const hex = (bytes: Buffer | undefined): string => bytes?.toString('hex') ?? '';

const correlationIdOf = (attributes: Attribute[] = []): string =>
  attributes.find(({ key }) => key === 'snakepit.correlation_id')?.value?.stringValue ?? '';
