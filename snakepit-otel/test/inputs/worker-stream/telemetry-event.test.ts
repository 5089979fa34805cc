import { expect, test } from 'vitest';
import { lengthField, MalformedMessage } from '../../../src/inputs/protobuf.js';
import { controlMessages } from '../../../src/inputs/worker-stream/telemetry-control.js';
import { lineOfEvent } from '../../../src/inputs/worker-stream/telemetry-event.js';
import { recordedEvents } from '../../helpers/python-worker.js';

const WORKER = { address: '127.0.0.1:1', exclusive: true } as const;

test('every recorded event is the line that it means', () => {
  const events = recordedEvents();
  expect(events.length).toBeGreaterThan(40);
  for (const {
    bytes,
    event_parts,
    measurements = {},
    metadata = {},
    timestamp_ns,
    correlation_id,
  } of events) {
    const values = Object.entries(measurements).map(([key, value]) => [
      key,
      value.int_value === undefined
        ? (value.float_value ?? value.string_value ?? null)
        : Number(value.int_value),
    ]);
    expect(JSON.parse(lineOfEvent(bytes, {}))).toEqual({
      event: event_parts.join('.'),
      measurements: Object.fromEntries(values),
      metadata,
      timestamp_ns,
      ...(correlation_id && { correlation_id }),
    });
  }
});

test.each([
  [0n, '0'],
  [-1n, '-1'],
  [2n ** 63n - 1n, '9223372036854775807'],
  [-(2n ** 63n), '-9223372036854775808'],
  [2n ** 53n + 1n, '9007199254740993'],
])('an integer of 64 bits keeps all digits: %s', (value, text) => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) + 128);
  bytes.push(Number(rest));
  const entry = [lengthField(1, Buffer.from('v')), lengthField(2, Buffer.from([8, ...bytes]))];
  const event = Buffer.concat([lengthField(1, Buffer.from('a')), lengthField(2, Buffer.concat(entry))]);
  expect(lineOfEvent(event, {})).toBe(`{"event":"a","measurements":{"v":${text}},"metadata":{}}\n`);
});

test('texts of any kind stay one line, and given metadata counts before that of the event', () => {
  const entry = (key: string, value: string) =>
    lengthField(3, Buffer.concat([lengthField(1, Buffer.from(key)), lengthField(2, Buffer.from(value))]));
  const event = Buffer.concat([
    entry('a\n"b', 'c\u2028\n"}'),
    entry('pool_name', 'theirs'),
    entry('__proto__', 'p'),
  ]);
  const line = lineOfEvent(event, { pool_name: 'ours' });
  expect(line.indexOf('\n')).toBe(line.length - 1);
  const { metadata } = JSON.parse(line);
  expect(Object.entries(metadata)).toEqual([
    ['a\n"b', 'c\u2028\n"}'],
    ['pool_name', 'ours'],
    ['__proto__', 'p'],
  ]);
});

test.each([
  ['cut', Buffer.from([0x0a, 5, 1])],
  ['group', Buffer.from([0x0b])],
  ['endless number', Buffer.alloc(20, 0xff)],
  ['cut fixed number', Buffer.from([0x09, 1, 2])],
])('bytes that are no message are refused: %s', (_name, bytes) => {
  expect(() => lineOfEvent(bytes, {})).toThrow(MalformedMessage);
});

test('control messages are those of the recorded sessions', () => {
  const hex = (messages: Uint8Array[]) => messages.map((message) => Buffer.from(message).toString('hex'));
  expect(hex(controlMessages(WORKER))).toEqual(['120909000000000000f03f', '1a00', '0a020801']);
  expect(
    hex(controlMessages({ ...WORKER, sampling: 0.1, allow: ['tool.result_size'], deny: ['tool.*'] })),
  ).toEqual([
    '1209099a9999999999b93f',
    '1a1a0a10746f6f6c2e726573756c745f73697a651206746f6f6c2e2a',
    '0a020801',
  ]);
});
