// Spans on their way to the live page: their sender may have sent anything.
import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { expect, test } from 'vitest';
import { ShownSpans } from '../../../src/inputs/otlp/shown-spans.js';
import { lengthField } from '../../../src/inputs/protobuf.js';
import { type Encoding, ForwardedRequest } from '../../../src/sdk/forwarding/forwarded-request.js';

const fields = (...parts: readonly (readonly [number, Uint8Array | string])[]) =>
  Buffer.concat(parts.map(([number, value]) => lengthField(number, Buffer.from(value as string))));
const attribute = (key: string, value: Uint8Array) => fields([1, key], [2, value]);
const text = (value: string) => fields([1, value]);
const START = Buffer.from([0x39, 1, 0, 0, 0, 0, 0, 0, 1]);

/** Returns a request in protobuf with a span for each list of attributes. */
function protobuf(spans: readonly (readonly Uint8Array[])[]): Buffer {
  const encoded = spans.map((attributes, i) => {
    const id = Buffer.alloc(8);
    id.writeUInt32BE(i + 1);
    const ids = fields([1, Buffer.alloc(16, 1)], [2, id]);
    return [2, Buffer.concat([ids, START, ...attributes.map((each) => lengthField(9, each))])] as const;
  });
  return fields([1, fields([2, fields(...encoded)])]);
}

/** Returns a request in JSON with a span for each list of attributes. */
function json(spans: readonly (readonly object[])[]): Buffer {
  const encoded = spans.map((attributes, i) => ({
    traceId: '1'.repeat(32),
    spanId: String(i + 1).padStart(16, '0'),
    startTimeUnixNano: '1',
    attributes,
  }));
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: encoded }] }] }));
}

/** Returns what is shown of a request, and how many turns of the event loop it took. */
async function show(body: Buffer, encoding: Encoding) {
  const spans: ReadableSpan[] = [];
  let turns = 0;
  let immediate = setImmediate(function count() {
    turns++;
    immediate = setImmediate(count);
  });
  const shown = new ShownSpans({ isReceiving: true, onEnd: (span) => spans.push(span) });
  await shown.receive(new ForwardedRequest(body, encoding, 1));
  clearImmediate(immediate);
  return { spans, turns };
}

const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
const jsonText = (key: string) => ({ key, value: { stringValue: 'v' } });

test.each<[Encoding, Buffer]>([
  ['json', json(many(6000, () => many(10, (i) => jsonText(`k${i}`))))],
  ['protobuf', protobuf(many(6000, () => many(10, (i) => attribute(`k${i}`, text('v')))))],
])('of a large request (%s), the first 5,000 are decoded in many turns', async (encoding, body) => {
  const { spans, turns } = await show(body, encoding);
  expect(spans).toHaveLength(5000);
  expect(turns).toBeGreaterThan(3);
});

test.each<[Encoding, Buffer]>([
  ['json', json([many(1000, (i) => jsonText(`k${i}`)), [jsonText('k')]])],
  ['protobuf', protobuf([many(1000, (i) => attribute(`k${i}`, text('v'))), [attribute('k', text('v'))]])],
])('have at most 128 attributes (%s)', async (encoding, body) => {
  const { spans } = await show(body, encoding);
  expect(spans.map(({ attributes }) => Object.keys(attributes).length)).toEqual([128, 1]);
});

/** A list of 64 lists of 64 texts. */
const nestedJson = {
  arrayValue: {
    values: many(64, () => ({ arrayValue: { values: many(64, () => ({ stringValue: 'v' })) } })),
  },
};
const list = (item: Uint8Array) => fields([5, fields(...many(128, () => [1, item] as const))]);

test.each<[Encoding, Buffer]>([
  ['json', json([many(10, (i) => ({ key: `k${i}`, value: nestedJson }))])],
  ['protobuf', protobuf([many(10, (i) => attribute(`k${i}`, list(list(text('v')))))])],
])('have at most 20,000 values within values (%s)', async (encoding, body) => {
  const [span] = (await show(body, encoding)).spans;
  expect(JSON.stringify(span?.attributes).split('\\"v\\"').length - 1).toBeLessThan(20_000);
  expect(Object.keys(span?.attributes ?? {}).length).toBeLessThan(10);
});

test.each(['intValue', 'doubleValue'])('are shown beside one whose %s is no number', async (kind) => {
  const poison = { key: 'n', value: { [kind]: { toString: 1, valueOf: 1 } } };
  const { spans } = await show(json([[poison], [jsonText('k')]]), 'json');
  expect(spans.map(({ attributes }) => ({ ...attributes }))).toEqual([{}, { k: 'v' }]);
});
