import { expect, test } from 'vitest';
import { correlationIds } from '../../../../src/common/correlation-ids.js';
import { CallSpans } from '../../../src/inputs/otlp/call-spans.js';
import { joinJson } from '../../../src/inputs/otlp/join-json.js';
import { joinProtobuf } from '../../../src/inputs/otlp/join-protobuf.js';
import { lengthField, MalformedMessage } from '../../../src/inputs/protobuf.js';

const requestWith = (attributes: string) =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${'1'.repeat(32)}","spanId":"${'2'.repeat(16)}",` +
  `"name":"a","attributes":[${attributes}]}]}]}]}`;
const CORRELATION = '{"key":"snakepit.correlation_id","value":{"stringValue":"sp-1"}}';
const join = (text: string) => joinJson(text, new CallSpans());

test('numbers of a joined span keep their values, with however many digits they are written', () => {
  const values = [
    '{"doubleValue":0.30000000000000004}',
    '{"doubleValue":-1234567890.1234567890}',
    '{"doubleValue":1.7976931348623157e+308}',
    '{"doubleValue":1234567890123456789e-3}',
    '{"intValue":-9223372036854775808}',
    '{"intValue":42}',
    String.raw`{"stringValue":"\\\" 12345678901234567890"}`,
  ];
  const list = values.map((value) => `{"key":"k","value":${value}}`).join();
  const { body, joined } = join(requestWith(`${CORRELATION},${list}`));
  expect(joined).toBe(1);
  const [span] = JSON.parse(body.toString()).resourceSpans[0].scopeSpans[0].spans;
  expect(span.traceId).toBe(correlationIds('sp-1').traceId);
  expect(span.attributes.slice(1).map(({ value }: { value: object }) => value)).toEqual([
    { doubleValue: 0.30000000000000004 },
    { doubleValue: Number('-1234567890.1234567890') },
    { doubleValue: Number.MAX_VALUE },
    { doubleValue: Number('1234567890123456789e-3') },
    { intValue: '-9223372036854775808' },
    { intValue: 42 },
    { stringValue: '\\" 12345678901234567890' },
  ]);
});

test('hostile texts of megabytes take linear time, and long attributes are kept', () => {
  const size = 2 ** 19;
  for (const text of [`"${'\\"'.repeat(size)}`, `${'1'.repeat(4 * size)}.`, `${'1'.repeat(size)}e`]) {
    expect(() => join(text)).toThrow(MalformedMessage);
  }
  for (const letter of ['a', '\\n', '1']) {
    const attribute = `{"key":"k","value":{"stringValue":"${letter.repeat(8 * size)}"}}`;
    expect(join(requestWith(`${CORRELATION},${attribute}`)).joined).toBe(1);
  }
});

test('a request of more spans than memory is for is refused, whatever its encoding is', () => {
  const count = 100_001;
  const messages = Buffer.alloc(2 * count).map((_, index) => (index % 2 === 0 ? 0x12 : 0));
  const spans = lengthField(1, lengthField(2, messages));
  const scopes = lengthField(1, messages);
  for (const body of [spans, scopes])
    expect(() => joinProtobuf(body, new CallSpans())).toThrow('more than 100000 spans');
  const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[${Array(count).fill('{}').join()}]}]}]}`;
  expect(() => join(json)).toThrow('more than 100000 spans');
});
