// Requests to export spans like the recorded ones of Python and Elixir, with ids of their own, and what they became after the join.
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const RECORDED = new URL('../test/fixtures/snakepit-recordings/otlp/', import.meta.url);
const CORRELATION_ID = 'snakepit.correlation_id';
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; fixed64 start_time_unix_nano = 7;
    repeated KeyValue attributes = 9;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { string string_value = 1; }
`);
const Request = root.lookupType('Request');

/** Returns the spans of a request to export. */
export const spansIn = (body) =>
  Request.decode(body).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

/** Returns the correlation id of a span; `''` without one. */
export const correlationIdOf = ({ attributes }) =>
  attributes.find(({ key }) => key === CORRELATION_ID)?.value.stringValue ?? '';

/** Returns the number that {@link OtlpBodies} gave a span: it is its start time. */
export const numberOf = ({ startTimeUnixNano: { low } }) => low;

/** Bytes of a message that each copy of it replaces. */
function placesOf(message, values) {
  return values.flatMap((value) => {
    const places = [];
    for (let at = message.indexOf(value); at >= 0; at = message.indexOf(value, at + 1)) places.push(at);
    return places;
  });
}

/** Copies of recorded requests. Spans are numbered from 0; each copy of the recorded session has two calls with ids of their own. */
export class OtlpBodies {
  #copies = 0;
  #spans = 0;
  #templates = { python: templateOf('00.bin', '01.bin'), elixir: templateOf('02.bin') };

  /** Spans that were made. */
  get spans() {
    return this.#spans;
  }

  /** Returns the next requests of Python and of Elixir, with the spans of `copies` recorded sessions. */
  next(copies) {
    const first = this.#copies;
    this.#copies += copies;
    return Object.values(this.#templates).map((template) =>
      Buffer.concat(Array.from({ length: copies }, (_, i) => this.#copy(template, first + i))),
    );
  }

  #copy({ message, ids, correlationIds, starts }, copy) {
    const bytes = Buffer.from(message);
    // The last bytes of an id are different in each copy, the first in each recorded id.
    for (const { places, length } of ids) for (const at of places) bytes.writeUInt32BE(copy, at + length - 4);
    const text = copy.toString(16).padStart(8, '0');
    for (const { places, length } of correlationIds)
      for (const at of places) bytes.write(text, at + length - 8);
    for (const at of starts) bytes.writeBigUInt64LE(BigInt(this.#spans++), at);
    return bytes;
  }
}

function templateOf(...files) {
  const message = Buffer.concat(files.map((file) => readFileSync(new URL(file, RECORDED))));
  const spans = spansIn(message);
  const fieldsOf = (values) =>
    [...new Map(values.filter(({ length }) => length > 0).map((value) => [`${value}`, value])).values()].map(
      (value) => ({ places: placesOf(message, [value]), length: value.length }),
    );
  return {
    message,
    ids: fieldsOf(spans.flatMap(({ traceId, spanId }) => [Buffer.from(traceId), Buffer.from(spanId)])),
    correlationIds: fieldsOf(spans.map((span) => Buffer.from(correlationIdOf(span)))),
    starts: placesOf(
      message,
      spans.map(({ startTimeUnixNano: { low, high } }) => {
        const bytes = Buffer.alloc(8);
        bytes.writeInt32LE(low, 0);
        bytes.writeInt32LE(high, 4);
        return bytes;
      }),
    ),
  };
}
