import { expect, test } from 'vitest';
import { CallSpans } from '../../../src/inputs/otlp/call-spans.js';
import { countJson, countProtobuf } from '../../../src/inputs/otlp/count-items.js';
import { decodeProtobuf } from '../../../src/inputs/otlp/decode-protobuf.js';
import { joinProtobuf } from '../../../src/inputs/otlp/join-protobuf.js';
import { lengthField, MalformedMessage } from '../../../src/inputs/protobuf.js';

const count = (request: unknown, signal: 'metrics' | 'logs') =>
  countJson(Buffer.from(JSON.stringify(request)), signal);
const metricsOf = (...metrics: object[]) => ({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });

test('counts data points and log records in JSON', async () => {
  const points = { gauge: { dataPoints: [{}, {}] } };
  expect(await count(metricsOf(points, { sum: { dataPoints: [{}] } }, { name: 'x' }), 'metrics')).toBe(3);
  expect(await count({ resourceLogs: [{ scopeLogs: [{ logRecords: [{}, {}] }, {}] }] }, 'logs')).toBe(2);
  expect(await count({ resourceLogs: null }, 'logs')).toBe(0);
});

test('counts the points of a metric of any size, but refuses a point or log record with more than 100,000 values', async () => {
  const values = { bucketCounts: Array(90_000).fill('1') };
  const metric = (...dataPoints: object[]) => metricsOf({ name: 'x', histogram: { unit: 's', dataPoints } });
  expect(await count(metric(...Array(10).fill(values)), 'metrics')).toBe(10);
  const many = { bucketCounts: Array(100_001).fill('1') };
  await expect(count(metric(many), 'metrics')).rejects.toThrow('more than 100000 values');
  const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [many] }] }] };
  await expect(count(logs, 'logs')).rejects.toThrow('more than 100000 values');
});

test('shares the event loop while it reads 150,000 members of a request in JSON', async () => {
  const body = Buffer.from(`{${'"x":1,'.repeat(150_000)}"y":1}`);
  const { result, turns } = await inTurns(() => countJson(body, 'logs'));
  expect(result).toBe(0);
  expect(turns).toBeGreaterThan(3);
});

test.each([{ length: 1e300 }, { length: -5 }, 'text', null])(
  'does not believe the length that %j in place of data points has',
  async (dataPoints) => {
    expect(await count(metricsOf({ gauge: { dataPoints } }), 'metrics')).toBe(0);
  },
);

test.each([
  null,
  [],
  { resourceLogs: 5 },
  { resourceLogs: [{ scopeLogs: {} }] },
  { resourceLogs: [{ scopeLogs: [{ logRecords: [1] }] }] },
])('refuses %j, which is not a request to export', async (request) => {
  await expect(count(request, 'logs')).rejects.toThrow(MalformedMessage);
});

test.each([
  '',
  '{',
  '{"resourceLogs":[{]}',
  '{"resourceLogs":[}]}',
  '{"a" 1}',
  '{"resourceLogs":[{"scopeLogs":[{"logRecords":["',
])('refuses the text %j', async (text) => {
  await expect(countJson(Buffer.from(text), 'logs')).rejects.toThrow(MalformedMessage);
});

test.each([
  '{"gauge":{"dataPoints":[{}}]}',
  '{"gauge":{"dataPoints":[{"a":}]}}',
  '{"gauge":{"dataPoints":[1]}}',
  '{"gauge":5]',
  '{"unit":x,"gauge":{"dataPoints":[{}]}}',
  '[{"gauge":{"dataPoints":[{}]}}]',
])('refuses the metric %s', async (metric) => {
  const text = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metric}]}]}]}`;
  await expect(countJson(Buffer.from(text), 'metrics')).rejects.toThrow(MalformedMessage);
});

const START_OF_GROUP = 0x3b;
const END_OF_GROUP = 0x3c;
const LOG = lengthField(1, lengthField(2, lengthField(2, Buffer.from([0x08, 1]))));
const group = (...content: number[]) => Buffer.from([START_OF_GROUP, ...content, END_OF_GROUP]);

test('passes over groups and long forms of numbers, which unknown fields may have', async () => {
  const inside = group(0x08, 1, START_OF_GROUP, 0x12, 2, 0xff, 0xff, END_OF_GROUP, 0x0d, 1, 2, 3, 4);
  const length = LOG.length - 2;
  const padded = Buffer.from([0x0a, 0x80 | length, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]);
  expect(await countProtobuf(Buffer.concat([inside, LOG, inside, padded, LOG.subarray(2)]), 'logs')).toBe(2);
});

test.each([
  ['a group that does not end', [START_OF_GROUP, 0x08, 1]],
  ['a group that ends as another one', [START_OF_GROUP, 0x44]],
  ['the end of no group', [END_OF_GROUP]],
  ['groups without end inside each other', Array(1000).fill(START_OF_GROUP)],
  ['a number of more than 10 bytes', [0x08, ...Array(10).fill(0xff), 1]],
  ['a field whose number is too large', [0x82, 0x80, 0x80, 0x80, 0x10, 0]],
  ['a length beyond the message', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
])('refuses %s', async (_what, bytes) => {
  await expect(countProtobuf(Buffer.from(bytes), 'logs')).rejects.toThrow(MalformedMessage);
});

/** Fields that no message has. */
const empty = (count: number) => Buffer.alloc(2 * count, Buffer.from([0x1a, 0]));
/** Returns fields with a message each. */
const repeated = (number: number, count: number, message: Uint8Array) =>
  Buffer.concat(Array(count).fill(lengthField(number, message)));
/** Returns a message inside a resource and its scope. */
const itemOf = (message: Uint8Array) => lengthField(1, lengthField(2, lengthField(2, message)));

/** Returns the result of some work, and the number of turns of the event loop meanwhile. */
async function inTurns<T>(work: () => Promise<T>) {
  let turns = 0;
  let immediate = setImmediate(function count() {
    turns++;
    immediate = setImmediate(count);
  });
  const result = await work();
  clearImmediate(immediate);
  return { result, turns };
}

test.each([
  ['resources', repeated(1, 4, empty(400_000)), 0],
  ['scopes', lengthField(1, repeated(2, 4, empty(400_000))), 0],
  ['a metric', itemOf(repeated(5, 4, Buffer.alloc(800_000, Buffer.from([0x0a, 0])))), 1_600_000],
])('shares the event loop while it reads 1,600,000 fields of %s', async (_what, body, points) => {
  const { result, turns } = await inTurns(() => countProtobuf(body, 'metrics'));
  expect(result).toBe(points);
  // Each turn ends after a quarter of a millisecond: so many fields take several on any machine.
  expect(turns).toBeGreaterThan(3);
});

test('finds spans between 1,600,000 other fields while it shares the event loop', async () => {
  const trace = Buffer.alloc(16, 1);
  const span = Buffer.concat([
    lengthField(1, trace),
    lengthField(2, Buffer.alloc(8, 1)),
    Buffer.from([0x39, 1, 0, 0, 0, 0, 0, 0, 0]),
  ]);
  const resource = Buffer.concat([empty(400_000), lengthField(2, lengthField(2, span))]);
  const body = repeated(1, 4, resource);
  const join = await inTurns(() => joinProtobuf(body, new CallSpans()));
  expect(join.result).toMatchObject({ spans: 4, joined: 0 });
  const shown: string[] = [];
  const decode = await inTurns(() => decodeProtobuf(body, ({ traceId }) => shown.push(traceId)));
  expect(shown).toEqual(Array(4).fill(trace.toString('hex')));
  expect(Math.min(join.turns, decode.turns)).toBeGreaterThan(3);
});

test('refuses a span with more than 500,000 fields in its attributes', async () => {
  const body = itemOf(repeated(9, 2, empty(300_000)));
  await expect(joinProtobuf(body, new CallSpans())).rejects.toThrow(MalformedMessage);
});
