import type { ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { describe, expect, test } from 'vitest';
import { publishWireEvent } from '../../../src/bridge/index.js';
import { execute } from '../../../src/index.js';
import { randomFrom } from '../../helpers/random.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { inNanoseconds } from '../../helpers/span-tree.js';

const BEGIN = 1_795_695_387_000_000_000n;
const MS = 1_000_000;
const missing = ({ attributes }: ReadableSpan) => attributes['snakepit.start_missing'] === true;
const startMs = ({ startTime }: ReadableSpan) =>
  Math.round(inNanoseconds(startTime) / MS) - Number(BEGIN) / MS;

/** Publishes a start or a stop at a time after BEGIN, ns. */
function publish(name: string, atNs: number, measurements: object, metadata: object = {}, more: object = {}) {
  const line = {
    event: name,
    measurements,
    metadata,
    timestamp_ns: String(BEGIN + BigInt(Math.round(atNs))),
  };
  expect(publishWireEvent({ ...line, ...more })).toBe('accepted');
}
const start = (atMs: number, more?: object) =>
  publish('tool.execution.start', atMs * MS, { system_time: Number(BEGIN) + atMs * MS }, {}, more);
const stop = (atMs: number, durationMs: number, more?: object) =>
  publish('tool.execution.stop', atMs * MS, { duration: durationMs * MS }, {}, more);

describe('a stop event', () => {
  test('ends the span that starts nearest to its time less its duration', () => {
    const host = instrumentedHost();
    for (const at of [0, 10, 20, 30]) start(at);
    stop(50, 30);
    stop(60, 60);
    expect(host.spans().map(startMs)).toEqual([20, 0]);
  });

  test.each([
    ['5 ms', 100, 104.9, true],
    ['5 ms', 100, 105.1, false],
    ['1 % of the duration', 1000, 1009.9, true],
    ['1 % of the duration', 1000, 1010.1, false],
  ])('finds a start within %s (duration %d ms, end %d ms): %s', async (_, duration, end, isPaired) => {
    const host = instrumentedHost();
    start(0);
    stop(end, duration);
    const [span] = host.spans();
    expect(span && missing(span)).toBe(!isPaired);
    expect(await host.value('snakepit.bridge.spans.unpaired.total')).toEqual(isPaired ? [] : 1);
  });

  test.each([
    ['producer', { producer: 'a' }, { producer: 'b' }],
    ['worker', { metadata: { worker_id: 'a' } }, { metadata: { worker_id: 'b' } }],
    ['correlation id', { correlation_id: 'a' }, { correlation_id: 'b' }],
  ])('does not end the span of another %s', (_, one, other) => {
    const host = instrumentedHost();
    start(0, one);
    stop(10, 10, other);
    stop(10, 10, one);
    expect(host.spans().map(missing)).toEqual([true, false]);
  });

  test('ends the span of its telemetry_span_context, whatever the times are', () => {
    const host = instrumentedHost();
    const context = (id: string) => ({ metadata: { telemetry_span_context: `#Reference<${id}>`, tool: id } });
    start(0, context('1'));
    start(900, context('2'));
    stop(1000, 100, context('1'));
    stop(1000, 100, context('3'));
    expect(host.spans().map((span) => [span.attributes['snakepit.tool'], missing(span)])).toEqual([
      ['1', false],
      ['3', true],
    ]);
  });

  test('without a duration ends the newest span of its name', () => {
    const host = instrumentedHost();
    start(0);
    start(10);
    publish('tool.execution.stop', 20 * MS, {});
    expect(host.spans().map(startMs)).toEqual([10]);
    expect(host.spans()[0]?.endTime).toEqual([1_795_695_387, 20 * MS]);
  });

  test('that overtakes its start event makes the only span', async () => {
    const host = instrumentedHost();
    stop(10, 10);
    start(0.02);
    start(30);
    stop(40, 10);
    host.instrumentation.disable();
    expect(host.spans().map((span) => [startMs(span), missing(span)])).toEqual([
      [0, true],
      [30, false],
    ]);
  });
});

describe('events of this process', () => {
  test('that nest under one name end in the reverse order', () => {
    const host = instrumentedHost();
    const depth = 50;
    const starts: number[] = [];
    for (let i = 0; i < depth; i++) {
      starts.push(performance.now());
      execute('snakepit.python.call.start', { system_time: Date.now() * 1e6 }, { command: String(i) });
    }
    for (let i = depth - 1; i >= 0; i--) {
      const duration = Math.round((performance.now() - (starts[i] as number)) * MS);
      execute('snakepit.python.call.stop', { duration }, { result: String(i) });
    }
    expect(host.spans().map(({ attributes }) => attributes['snakepit.command'])).toEqual(
      host.spans().map(({ attributes }) => attributes['snakepit.result']),
    );
  });

  test('that nest without durations end in the reverse order', () => {
    const host = instrumentedHost();
    for (const command of ['outer', 'inner'])
      execute('snakepit.python.call.start', { system_time: Date.now() * 1e6 }, { command });
    for (const result of ['inner', 'outer'])
      execute('snakepit.python.call.stop', {} as { duration: number }, { result });
    const pairs = host.spans().map(({ attributes: a }) => [a['snakepit.command'], a['snakepit.result']]);
    expect(pairs).toEqual([
      ['inner', 'inner'],
      ['outer', 'outer'],
    ]);
  });
});

/** A span as it happened, times in ns after BEGIN. */
interface Truth {
  readonly id: string;
  readonly start: number;
  readonly duration: number;
  readonly isStarted: boolean;
  readonly isStopped: boolean;
}

test.each([1, 2, 3])('pairs 10,000 random overlapping spans right (seed %d)', (seed) => {
  const random = randomFrom(seed);
  const spans = 10_000;
  const truths: Truth[] = [];
  // 40 series of spans that only their times tell apart. Starts that are left out are not within the tolerance of another one.
  const series = Array.from({ length: 40 }, () => 0);
  for (let i = 0; i < spans; i++) {
    const of = Math.floor(random() * series.length);
    const duration = random() < 0.8 ? random() * 400 * MS : random() * 4000 * MS;
    const isStarted = random() > 0.03;
    const tolerance = Math.max(5 * MS, duration * 0.01) + 0.1 * MS;
    const before = isStarted ? 0.1 * MS : tolerance;
    const begin = (series[of] as number) + before + random() * 3 * MS;
    series[of] = begin + (isStarted ? 0 : tolerance);
    truths.push({ id: `${of}:${i}`, start: begin, duration, isStarted, isStopped: random() > 0.03 });
  }
  const jitter = () => (random() * 2 - 1) * 32_000;
  const events = truths.flatMap((truth) => {
    const arrival = truth.start + random() * 20 * MS;
    const metadata = { tool: 'same', worker_id: `w${Number(truth.id.split(':')[0]) % 4}` };
    const more = { correlation_id: `c${truth.id.split(':')[0]}`, producer: 'p' };
    const end = truth.start + truth.duration;
    const begin = () =>
      publish(
        'work.start',
        truth.start,
        { system_time: Number(BEGIN) + truth.start },
        { ...metadata, s: truth.id },
        more,
      );
    const finish = () =>
      publish(
        'work.stop',
        end + jitter(),
        { duration: Math.round(truth.duration) },
        { ...metadata, e: truth.id },
        more,
      );
    return [
      ...(truth.isStarted ? [{ at: arrival, run: begin }] : []),
      ...(truth.isStopped ? [{ at: arrival + truth.duration + random() * 20 * MS, run: finish }] : []),
    ];
  });
  const host = instrumentedHost();
  for (const { run } of events.toSorted((one, other) => one.at - other.at)) run();
  const ended = new Set<string>();
  for (const { attributes } of host.spans()) {
    const { 'snakepit.s': begun, 'snakepit.e': finished } = attributes;
    const truth = truths[Number(String(finished).split(':')[1])] as Truth;
    expect(truth.isStopped).toBe(true);
    expect(begun).toBe(truth.isStarted ? finished : undefined);
    expect(attributes['snakepit.start_missing']).toBe(truth.isStarted ? undefined : true);
    ended.add(String(finished));
  }
  expect(ended.size).toBe(truths.filter(({ isStopped }) => isStopped).length);
  expect(host.spans()).toHaveLength(ended.size);
  host.instrumentation.disable();
  const open = host.spans().slice(ended.size);
  expect(open.map(({ attributes }) => attributes['snakepit.s']).toSorted()).toEqual(
    truths
      .filter(({ isStarted, isStopped }) => isStarted && !isStopped)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test.each([
  ['1e308 ns', 1e308],
  ['longer than the time since the epoch', 2e18],
])('a duration of %s leaves the times of spans within those of OTLP', (_, duration) => {
  const host = instrumentedHost();
  publish('tool.execution.stop', 0, { duration });
  publish('tool.execution.start', 0, {}, { telemetry_span_context: 'x' });
  publish('tool.execution.stop', 0, { duration }, { telemetry_span_context: 'x' });
  const times = host.spans().flatMap(({ startTime, endTime }) => [startTime, endTime].map(inNanoseconds));
  expect(times).toHaveLength(4);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...times)).toBeLessThan(2 ** 63);
});

test.each([1e300, 2n ** 64n, -5n])('a time of %s is that of no span', (time) => {
  const host = instrumentedHost();
  execute('snakepit.python.tool.execution.start', { system_time: time as number });
  execute('snakepit.python.tool.execution.stop', { duration: Number.NaN }, { timestamp_ns: time as number });
  const [span] = host.spans();
  expect(Math.abs(inNanoseconds(span?.startTime ?? [0, 0]) / MS - Date.now())).toBeLessThan(60_000);
  expect(Math.abs(inNanoseconds(span?.endTime ?? [0, 0]) / MS - Date.now())).toBeLessThan(60_000);
});
