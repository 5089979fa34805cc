import { expect, test } from 'vitest';
import { countJson, countProtobuf } from '../../../src/inputs/otlp/count-items.js';
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

const START_OF_GROUP = 0x3b;
const END_OF_GROUP = 0x3c;
const LOG = lengthField(1, lengthField(2, lengthField(2, Buffer.from([0x08, 1]))));
const group = (...content: number[]) => Buffer.from([START_OF_GROUP, ...content, END_OF_GROUP]);

test('passes over groups and long forms of numbers, which unknown fields may have', () => {
  const inside = group(0x08, 1, START_OF_GROUP, 0x12, 2, 0xff, 0xff, END_OF_GROUP, 0x0d, 1, 2, 3, 4);
  const length = LOG.length - 2;
  const padded = Buffer.from([0x0a, 0x80 | length, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]);
  expect(countProtobuf(Buffer.concat([inside, LOG, inside, padded, LOG.subarray(2)]), 'logs')).toBe(2);
});

test.each([
  ['a group that does not end', [START_OF_GROUP, 0x08, 1]],
  ['a group that ends as another one', [START_OF_GROUP, 0x44]],
  ['the end of no group', [END_OF_GROUP]],
  ['groups without end inside each other', Array(1000).fill(START_OF_GROUP)],
  ['a number of more than 10 bytes', [0x08, ...Array(10).fill(0xff), 1]],
  ['a field whose number is too large', [0x82, 0x80, 0x80, 0x80, 0x10, 0]],
  ['a length beyond the message', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
])('refuses %s', (_what, bytes) => {
  expect(() => countProtobuf(Buffer.from(bytes), 'logs')).toThrow(MalformedMessage);
});
