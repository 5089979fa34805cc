// Sessions of real Snakepit, replayed through the mapper.
import { createHash } from 'node:crypto';
import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { describe, expect, test, vi } from 'vitest';
import { RequestIdGenerator } from '../../../snakepit-otel/src/sdk/id-generator.js';
import { publishWireEvent } from '../../../src/bridge/index.js';
import { execute } from '../../../src/index.js';
import { fakeTime } from '../../helpers/fake-time.js';
import { elixirSession, pythonSession } from '../../helpers/recorded-session.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { inNanoseconds, parentIn, tracesOf } from '../../helpers/span-tree.js';

const EXECUTE = 'snakepit.grpc_worker.execute';
const TOOL = 'snakepit.python.tool.execution';
const idOf = (span: { attributes: Record<string, unknown> }) => span.attributes['snakepit.correlation_id'];

function replayElixir(host: ReturnType<typeof instrumentedHost>) {
  for (const line of elixirSession()) expect(publishWireEvent(line, 'elixir')).toBe('accepted');
  return host.spans();
}

describe.each([
  ['our provider', () => instrumentedHost({}, [], new RequestIdGenerator())],
  ['the provider of a host', () => instrumentedHost()],
])('a session of a real Elixir pool with %s', (kind, create) => {
  test('makes 7 traces, one per request', () => {
    const host = create();
    fakeTime();
    replayElixir(host);
    vi.advanceTimersByTime(5000);
    const spans = host.spans();
    const calls = spans.filter(({ name }) => name === EXECUTE);
    expect(calls).toHaveLength(7);
    expect(tracesOf(spans).size).toBe(7);
    expect(tracesOf(calls).size).toBe(7);
    for (const span of spans) {
      const call = calls.find((each) => idOf(each) === idOf(span));
      expect(span.spanContext().traceId).toBe(call?.spanContext().traceId);
      if (span !== call) expect(parentIn(spans, span)).toBe(call);
      else expect(span.parentSpanContext).toBeUndefined();
    }
    if (kind !== 'our provider') return;
    for (const call of calls) {
      const hash = createHash('sha256')
        .update(`snakepit\0${idOf(call)}`)
        .digest();
      expect(call.spanContext().traceId).toBe(hash.subarray(0, 16).toString('hex'));
      expect(call.spanContext().spanId).toBe(hash.subarray(16, 24).toString('hex'));
    }
  });

  test('pairs every stop, and ends the starts that have none with their call', async () => {
    const host = create();
    fakeTime();
    replayElixir(host);
    vi.advanceTimersByTime(5000);
    const spans = host.spans();
    const calls = spans.filter(({ name }) => name === EXECUTE);
    const starts = elixirSession().filter(({ event }) => event.endsWith('.start'));
    expect(spans).toHaveLength(starts.length);
    expect(spans.filter(({ attributes }) => attributes['snakepit.start_missing'])).toEqual([]);
    const unfinished = spans.filter(({ attributes }) => attributes['snakepit.unfinished'] !== undefined);
    // The showcase tool emits two starts and one stop.
    const because = (reason: string) =>
      unfinished.filter(({ attributes }) => attributes['snakepit.unfinished'] === reason);
    expect(because('call_ended').length).toBeGreaterThan(0);
    expect(because('worker_died').map(idOf)).toEqual(['sp-69f77b107e86b046a8f71b66']);
    expect(unfinished).toHaveLength(because('call_ended').length + 1);
    for (const span of spans) {
      const call = calls.find((each) => idOf(each) === idOf(span));
      if (call === undefined) throw new Error('a span without its call');
      expect(inNanoseconds(span.endTime)).toBeLessThanOrEqual(inNanoseconds(call.endTime) + 5e9);
      expect(inNanoseconds(span.startTime)).toBeGreaterThanOrEqual(inNanoseconds(call.startTime));
    }
    vi.useRealTimers();
    const counted = (reason: string) => host.value('snakepit.bridge.spans.unfinished.total', { reason });
    expect(await counted('call_ended')).toBe(because('call_ended').length);
    expect(await counted('worker_died')).toBe(1);
    expect(await host.metric('snakepit.bridge.spans.unpaired.total')).toBeUndefined();
  });

  test('has one label for the pool, and the device as cuda:0', async () => {
    const host = create();
    replayElixir(host);
    const points = (await host.metrics()).flatMap(({ dataPoints }) => dataPoints as DataPoint<unknown>[]);
    const labels = (key: string) =>
      new Set(points.flatMap(({ attributes }) => (attributes[key] === undefined ? [] : [attributes[key]])));
    // The breaker of the session has a pool of its own.
    expect([...labels('pool')].toSorted()).toEqual(['cb', 'default']);
    expect(labels('device')).toEqual(new Set(['cuda:0']));
  });
});

describe('a session of a real Python worker', () => {
  const replay = () => {
    const host = instrumentedHost();
    const answers = pythonSession().map((line) => publishWireEvent(line, 'python'));
    expect(answers.filter((answer) => answer === 'accepted').length).toBeGreaterThan(20);
    return host;
  };

  test('nests spans, and makes parallel ones siblings', () => {
    const host = replay();
    execute('snakepit.bridge.producer.ended', {}, { producer: 'python' });
    const spans = host.spans();
    const tool = (name: string) => spans.filter(({ attributes }) => attributes['snakepit.tool'] === name);
    const inference = (model: string) =>
      spans.find(({ attributes }) => attributes['snakepit.model'] === model);
    const [outer] = tool('outer');
    const [inner] = tool('inner');
    expect(parentIn(spans, inference('m1'))).toBe(outer);
    expect(parentIn(spans, inner)).toBe(inference('m1'));
    expect(parentIn(spans, inference('m2'))).toBe(outer);
    const parallel = tool('same');
    expect(parallel).toHaveLength(4);
    expect(new Set(parallel.map((span) => span.parentSpanContext?.spanId)).size).toBe(1);
    expect(parallel.map((span) => parentIn(parallel, span))).toEqual(Array(4).fill(undefined));
    expect(tracesOf(spans.filter(idOf)).size).toBe(1);
  });

  test('pairs all stops right', async () => {
    const host = replay();
    const stops = pythonSession().filter(({ event }) => /\.(stop|exception)$/.test(event));
    const durations = stops.map(({ measurements }) => Number(measurements.duration));
    expect(
      host
        .spans()
        .map(({ startTime, endTime }) => Math.round(inNanoseconds(endTime) - inNanoseconds(startTime))),
    ).toEqual(durations.map((duration) => expect.closeTo(duration, -4)));
    expect(await host.metric('snakepit.bridge.spans.unpaired.total')).toBeUndefined();
    const starts = pythonSession().filter(({ event }) => event.endsWith('.start'));
    for (const [i, span] of host.spans().entries()) {
      const end = Number(stops[i]?.timestamp_ns);
      const nominal = end - (durations[i] as number);
      const distance = (start: (typeof starts)[number]) =>
        Math.abs(Number(start.measurements.system_time) - nominal);
      const nearest = starts
        .filter(({ event }) => event.split('.')[0] === stops[i]?.event.split('.')[0])
        .toSorted((a, b) => distance(a) - distance(b))[0];
      expect(inNanoseconds(span.startTime)).toBeCloseTo(Number(nearest?.measurements.system_time), -3);
    }
  });

  test('counts its out-of-memory error once, on the span that failed', async () => {
    const host = replay();
    expect(await host.value('snakepit.errors.oom.total')).toBe(1);
    const [failed, ...others] = host
      .spans()
      .filter(({ events }) => events.some(({ name }) => name === 'snakepit.error.oom'));
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ name: TOOL, attributes: { 'snakepit.tool': 'raise' } });
  });
});
