import { expect, onTestFinished, test, vi } from 'vitest';
import { correlationIds } from '../../../../src/common/correlation-ids.js';
import { randomFrom } from '../../../../test/helpers/random.js';
import { CallSpans } from '../../../src/inputs/otlp/call-spans.js';
import { joinJson } from '../../../src/inputs/otlp/join-json.js';
import { joinProtobuf } from '../../../src/inputs/otlp/join-protobuf.js';
import { lengthField, MalformedMessage } from '../../../src/inputs/protobuf.js';

const TRACE = '1'.repeat(32);
const requestWith = (attributes: string) =>
  `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${TRACE}","spanId":"${'2'.repeat(16)}",` +
  `"name":"a","attributes":[${attributes}]}]}]}]}`;
const CORRELATION = '{"key":"snakepit.correlation_id","value":{"stringValue":"sp-1"}}';
const { traceId: JOINED, callSpanId: CALL } = correlationIds('sp-1');
const join = (text: string | Buffer, calls = new CallSpans()) => joinJson(Buffer.from(text as string), calls);

test('changes nothing of a request but the ids of joined spans', async () => {
  const spans = {
    // Spaces, escapes, numbers of any form, unknown members and an order that no serializer has.
    untouched: String.raw`{ "name" : "\u0061\/\"}]{[", "future": [{"spans":[{"traceId":"x"}]}, -0, 1E400, 1.0] ,"spanId":"${'3'.repeat(16)}", "traceId":"${'4'.repeat(32)}", "n":90071992547409931 }`,
    joined: String.raw`{"parentSpanId" : "" , "attributes":[${CORRELATION},{"value":{"doubleValue":1.50},"key":"\u00e9"}],"spanId":"${'5'.repeat(16)}","traceId": "${TRACE}","traceId":"${TRACE.replace('1', 'A').replaceAll('1', 'b')}" ,"name":"b"}`,
    child: `{"traceId":"${'Ab'.padEnd(32, 'b')}","spanId":"${'6'.repeat(16)}","parentSpanId":"${'5'.repeat(16)}","kind":1}`,
    call: `{"spanId":"${'7'.repeat(16)}","traceId":"${'8'.repeat(32)}","name":"snakepit.grpc.execute.a","attributes":[${CORRELATION}],"parentSpanId":null\n}`,
    bytes: Buffer.from(`{"name":"\xff\xfe ungültig"}`, 'latin1'),
  };
  const parts = (changed: Partial<Record<keyof typeof spans, string>>) => {
    const { untouched, joined, child, call, bytes } = { ...spans, ...changed };
    return Buffer.concat([
      Buffer.from(
        `\n{"a":{"resourceSpans":[]},"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":1}]}]}],\n"resourceSpans" :\t[ {"resource":{"attributes":[]},` +
          `"scopeSpans":[{"scope":{"name":"s"},"spans":[ ${untouched},\r\n${joined} , ${child}]},{"spans":null}],"later":{}}, {"scopeSpans":[{"spans":[${call},`,
      ),
      bytes as Buffer,
      Buffer.from('],"schemaUrl":"u"}]}]  }\n'),
    ]);
  };
  const { body, joined } = await join(parts({}));
  expect(joined).toBe(3);
  const last = `"traceId":"${TRACE.replace('1', 'A').replaceAll('1', 'b')}"`;
  const expected = parts({
    joined: spans.joined
      .replace('"parentSpanId" : ""', `"parentSpanId" : "${CALL}"`)
      .replace(last, `"traceId":"${JOINED}"`),
    child: spans.child.replace('Ab'.padEnd(32, 'b'), JOINED),
    call: spans.call.replace('7'.repeat(16), CALL).replace('8'.repeat(32), JOINED),
  });
  expect(Buffer.from(body).toString('latin1')).toBe(expected.toString('latin1'));
});

test.each([[[0]], [[1]], [[2]], [[0, 1]], [[1, 2]], [[0, 2]], [[0, 1, 2]]])(
  'spans that events report already are left out: %j',
  async (repeated) => {
    const calls = new CallSpans();
    const span = (index: number) => {
      const id = `sp-${index}`;
      if (repeated.includes(index)) calls.report(correlationIds(id).callSpanId);
      const attributes = `[{"key":"snakepit.correlation_id","value":{"stringValue":"${id}"}}]`;
      return `{"traceId":"${TRACE}","spanId":"${`${index}`.repeat(16)}","name":"snakepit.grpc.a","attributes":${attributes}}`;
    };
    const request = `{"resourceSpans":[{"scopeSpans":[{"spans":[ ${span(0)} , ${span(1)} ,\n${span(2)} ]}]}]}`;
    const result = await join(request, calls);
    expect(result).toMatchObject({ spans: 3 - repeated.length, repeated: repeated.length });
    const { spans } = JSON.parse(`${result.body}`).resourceSpans[0].scopeSpans[0];
    const kept = [0, 1, 2].filter((index) => !repeated.includes(index));
    expect(spans.map(({ spanId }: { spanId: string }) => spanId)).toEqual(
      kept.map((index) => correlationIds(`sp-${index}`).callSpanId),
    );
  },
);

test('a request in JSON is joined as one whose values were parsed and written again', async () => {
  const random = randomFrom(11);
  const integer = (below: number) => Math.floor(random() * below);
  const pick = <T>(list: readonly T[]) => list[integer(list.length)] as T;
  const text = () => pick(['', 'a', '"', '\\', '}{][,:', 'é', '\u2028', 'spans', 'snakepit.grpc.a']);
  const id = (length: number) => pick(['1', '2', '3']).repeat(length);
  const span = () => ({
    ...(random() < 0.3 && { [text()]: [text(), { spans: [{}] }, integer(9) / 7] }),
    traceId: id(32),
    spanId: id(16),
    ...(random() < 0.5 && { parentSpanId: pick(['', id(16), '0000000000000000']) }),
    name: text(),
    attributes:
      random() < 0.5
        ? []
        : [{ key: 'snakepit.correlation_id', value: { stringValue: pick(['sp-1', 'é', 'x']) } }],
  });
  const list = <T>(item: () => T) => Array.from({ length: integer(4) }, item);
  const withoutIds = (json: string) =>
    json.replaceAll(/,"parentSpanId":"[0-9a-f]*"/g, '').replaceAll(/(?<=(?:trace|span)Id":")\w+/g, '');
  let joinedSpans = 0;
  for (let round = 0; round < 3000; round++) {
    const request = {
      resourceSpans: list(() => ({ scopeSpans: list(() => ({ spans: list(span), [`${text()}_`]: 1 })) })),
    };
    const isReported = random() < 0.3;
    const calls = () => {
      const known = new CallSpans();
      if (isReported) known.report(CALL);
      return known;
    };
    const compact = await join(JSON.stringify(request), calls());
    const spaced = await join(JSON.stringify(request, undefined, pick([1, '\t'])), calls());
    expect(JSON.parse(`${spaced.body}`)).toEqual(JSON.parse(`${compact.body}`));
    expect({ ...spaced, body: '' }).toEqual({ ...compact, body: '' });
    expect(JSON.stringify(JSON.parse(`${compact.body}`))).toBe(`${compact.body}`);
    if (compact.repeated === 0)
      expect(withoutIds(`${compact.body}`)).toBe(withoutIds(JSON.stringify(request)));
    joinedSpans += compact.joined;
  }
  expect(joinedSpans).toBeGreaterThan(1000);
});

test('hostile texts of megabytes take linear time, and long attributes are kept', async () => {
  const size = 2 ** 19;
  for (const text of [`"${'\\"'.repeat(size)}`, `${'1'.repeat(4 * size)}.`, `${'['.repeat(size)}`]) {
    await expect(join(text)).rejects.toThrow(MalformedMessage);
  }
  for (const letter of ['a', '\\n', '1', '\\"', '\\\\', '[{']) {
    const attribute = `{"key":"k","value":{"stringValue":"${letter.repeat(8 * size)}"}}`;
    expect((await join(requestWith(`${CORRELATION},${attribute}`))).joined).toBe(1);
  }
  const nested = `${'['.repeat(1000)}${']'.repeat(1000)}`;
  expect((await join(requestWith(`${CORRELATION},{"key":"k","value":${nested}}`))).joined).toBe(1);
});

test('a request of more spans than memory is for is refused, whatever its encoding is', async () => {
  const count = 100_001;
  const messages = Buffer.alloc(2 * count).map((_, index) => (index % 2 === 0 ? 0x12 : 0));
  const spans = lengthField(1, lengthField(2, messages));
  const scopes = lengthField(1, messages);
  for (const body of [spans, scopes])
    await expect(joinProtobuf(body, new CallSpans())).rejects.toThrow('more than 100000 spans');
  const json = `{"resourceSpans":[{"scopeSpans":[{"spans":[${Array(count).fill('{}').join()}]}]}]}`;
  await expect(join(json)).rejects.toThrow('more than 100000 spans');
});

test.each([
  ['lists', '[]'],
  ['numbers', '1'],
])('a span of more %s than can be parsed at once is refused', async (_, value) => {
  const values = Array(100_001).fill(value).join();
  await expect(join(requestWith(`${CORRELATION},{"key":"k","value":[${values}]}`))).rejects.toThrow(
    'more than 100000 values in one item',
  );
});

test('a message of more fields than can be read at once is refused', async () => {
  const attributes = Buffer.alloc(2 * 500_001).map((_, index) => (index % 2 === 0 ? 0x4a : 0));
  const body = [2, 2, 1].reduce<Uint8Array>((value, number) => lengthField(number, value), attributes);
  await expect(joinProtobuf(body, new CallSpans())).rejects.toThrow('more than 500000 fields in one message');
});

test('no text of more than a span and the rest of the request is parsed at once', async () => {
  const span = `{"traceId":"${TRACE}","spanId":"${'2'.repeat(16)}","attributes":[${CORRELATION}]}`;
  const list = Array(20_000).fill(span).join();
  const parse = vi.spyOn(JSON, 'parse');
  onTestFinished(() => void parse.mockRestore());
  const { joined } = await join(`{"resourceSpans":[{"scopeSpans":[{"spans":[${list}]}]}]}`);
  expect(joined).toBe(20_000);
  const longest = Math.max(...parse.mock.calls.map(([text]) => text.length));
  expect(longest).toBeLessThan(20_000 * '{},'.length + 100);
});

test('a request with too much beside its spans is refused', async () => {
  const name = 'x'.repeat(2 ** 20);
  const request = `{"resourceSpans":[{"resource":{"attributes":[{"key":"${name}"}]},"scopeSpans":[]}]}`;
  await expect(join(request)).rejects.toThrow('more than 1048576 bytes beside its items');
});
