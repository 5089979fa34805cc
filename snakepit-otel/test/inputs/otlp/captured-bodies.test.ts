// Sends bodies that Elixir and Python exported through the OTLP input, and compares what is forwarded with them byte by byte.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { correlationIds } from '../../../../src/common/correlation-ids.js';
import { httpReceiver } from '../../../../test/helpers/otlp-receiver.js';
import { eventually, recordNamed } from '../../helpers/inputs.js';
import { jsonOf, leavesOf, spansOf } from './spans-of.js';
import { startOtlp } from './start-otlp.js';

const RECORDED = ['00.bin', '01.bin', '02.bin'].map((file) =>
  readFileSync(`test/fixtures/snakepit-recordings/otlp/${file}`),
);
const REQUESTS = ['sp-f118e96b092a160a5f490366', 'sp-f4e603ba37999116faf1739f'];

/** A field of a message: its number, its type and its value. */
const field = (number: number, ...parts: (string | Buffer)[]): Buffer => {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([
    Buffer.of(
      ...(number < 16 ? [] : [((8 * number + 2) & 127) | 128]),
      number < 16 ? 8 * number + 2 : (8 * number + 2) >> 7,
    ),
    Buffer.of((value.length & 127) | 128, value.length >> 7),
    value,
  ]);
};
const attribute = (key: string, value: string) => field(9, field(1, key), field(2, field(1, value)));

/** A resource, a scope and spans that no Snakepit has, with fields that are unknown, in an order that no SDK writes. */
const OTHERS = field(
  1,
  field(3, 'schema'),
  field(
    2,
    field(
      2,
      attribute('b', '2'),
      field(5, 'GET /'),
      attribute('a', '1'),
      field(2, '12345678'),
      field(99, 'x'),
      field(1, 'a'.repeat(16)),
    ),
    field(
      2,
      field(1, 'b'.repeat(16)),
      field(2, '23456789'),
      field(4, '\0'.repeat(8)),
      attribute('a', ''),
      attribute('a', ''),
    ),
    field(1, field(1, 'scope'), field(77, 'unknown')),
  ),
  field(1, field(1, field(1, 'service.name'), field(2, field(1, 'other')))),
  field(50, 'unknown'),
);
const BODIES = RECORDED.map((body) => Buffer.concat([OTHERS, body, OTHERS]));
/** Spans of `OTHERS`. */
const UNTOUCHED = 2;

const asIs = (body: Buffer) => body;

test.each([
  ['plain', asIs, {}],
  ['compressed', gzipSync, { 'content-encoding': 'gzip' }],
])(
  'protobuf, %s: each request of Snakepit is one trace, and nothing else changes',
  async (_form, pack, headers) => {
    const { sent, totals } = await send(BODIES, 'application/x-protobuf', pack, headers);
    const joined = sent.flatMap((body) => spansOf(body));
    checkTraces(joined);
    expect(totals).toEqual([7 + 6 * UNTOUCHED, 7, 0]);
    for (const [index, body] of sent.entries()) {
      const [before, after] = [BODIES[index] as Buffer, body].map((each) => leavesOf(each));
      expect(after).toEqual(before);
      // What surrounds the spans of Snakepit is there byte by byte.
      expect(body.subarray(0, OTHERS.length)).toEqual(OTHERS);
      expect(body.subarray(-OTHERS.length)).toEqual(OTHERS);
    }
  },
);

test.each([
  ['plain', asIs, {}],
  ['compressed', gzipSync, { 'content-encoding': 'gzip' }],
])(
  'JSON, %s: each request of Snakepit is one trace, and nothing else changes',
  async (_form, pack, headers) => {
    const other = String.raw`{"scopeSpans":[ {"spans":[{"traceId" :"${'A'.repeat(32)}","name":"\u0041","n":1.0,"later":[-0]}]}],"later":{"b":1,"a":2}}`;
    const texts = RECORDED.map((body) => JSON.stringify(jsonOf(body)));
    const withOthers = (text: string) => text.replace('[', `[${other},`).replace(/]}$/, `,${other}]}`);
    const bodies = texts.map((text) => Buffer.from(withOthers(text)));
    const { sent, totals } = await send(bodies, 'application/json', pack, headers);
    const before = RECORDED.flatMap((body) => spansOf(body));
    const joined = sent.flatMap((body) => spansOf(body, 'json')).filter(({ spanId }) => spanId !== '');
    checkTraces(joined);
    expect(totals).toEqual([7 + 6, 7, 0]);
    for (const [index, text] of texts.entries()) {
      const expected = JSON.parse(text, (_key, value) => {
        const at = before.findIndex(({ spanId }) => spanId === value?.spanId);
        const ids = joined[at];
        if (at < 0 || ids === undefined) return value;
        const { traceId, spanId, parentId } = ids;
        return { ...value, traceId, spanId, ...(parentId !== '' && { parentSpanId: parentId }) };
      });
      expect(`${sent[index]}`).toBe(withOthers(JSON.stringify(expected)));
    }
  },
);

async function send(
  bodies: readonly Buffer[],
  type: string,
  pack: (body: Buffer) => Buffer,
  headers: object,
) {
  const collector = await httpReceiver();
  const { post } = await startOtlp(collector.endpoint);
  const received = recordNamed('snakepit.bridge.otlp.received');
  for (const [index, body] of bodies.entries()) {
    const response = await post('/v1/traces', pack(body), { 'content-type': type, ...headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    // They are forwarded in no certain order.
    await eventually(() => expect(collector.exports).toHaveLength(index + 1));
  }
  const sum = (key: string) =>
    received.reduce((total, { measurements }) => total + Number(measurements[key]), 0);
  return {
    sent: collector.exports.map(({ body }) => body),
    totals: ['spans', 'joined', 'repeated'].map(sum),
  };
}

function checkTraces(spans: ReturnType<typeof spansOf>): void {
  for (const id of REQUESTS) {
    const { traceId, callSpanId } = correlationIds(id);
    const request = spans.filter(({ correlationId }) => correlationId === id);
    expect(request.map((span) => [span.name, span.traceId, span.parentId]).toSorted()).toEqual([
      ['BridgeService/ExecuteTool', traceId, callSpanId],
      ['snakepit.grpc.execute.telemetry_demo', traceId, ''],
    ]);
    expect(request.find(({ parentId }) => parentId === '')?.spanId).toBe(callSpanId);
  }
}
