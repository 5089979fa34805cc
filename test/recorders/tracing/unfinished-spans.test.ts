import { SpanStatusCode } from '@opentelemetry/api';
import { describe, expect, test, vi } from 'vitest';
import { execute, type SnakepitInstrumentationConfig } from '../../../src/index.js';
import { fakeTime } from '../../helpers/fake-time.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { inNanoseconds, parentIn } from '../../helpers/span-tree.js';
import { BEGIN_MS, call, publishLine, tool, work } from '../../helpers/wire-line.js';

const id = { correlation_id: 'c1', producer: 'p1', metadata: { worker_id: 'w1' } };
const reasonOf = ({ attributes }: { attributes: Record<string, unknown> }) =>
  attributes['snakepit.unfinished'];

function setUp(config?: SnakepitInstrumentationConfig) {
  const host = instrumentedHost(config);
  fakeTime();
  return {
    ...host,
    ended: () =>
      host.spans().map((span) => ({
        name: span.name,
        reason: reasonOf(span),
        isError: span.status.code === SpanStatusCode.ERROR,
        endMs: Math.round(inNanoseconds(span.endTime) / 1e6) - BEGIN_MS,
      })),
    counted: (reason: string) => {
      vi.useRealTimers();
      return host.value('snakepit.bridge.spans.unfinished.total', { reason });
    },
  };
}

describe('a span whose stop event does not arrive', () => {
  test('ends 5 s after its call, at the end of the call', { tags: ['H37'] }, async () => {
    const host = setUp();
    call.start(0, id);
    tool.start(10, id);
    call.stop(100, 100, id);
    vi.advanceTimersByTime(4999);
    expect(host.spans()).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(host.ended()[1]).toEqual({ name: tool.name, reason: 'call_ended', isError: false, endMs: 100 });
    expect(await host.counted('call_ended')).toBe(1);
  });

  test('may get it in these 5 s', () => {
    const host = setUp();
    call.start(0, id);
    tool.start(10, id);
    call.stop(100, 100, id);
    vi.advanceTimersByTime(4999);
    tool.stop(99, 89, id);
    vi.advanceTimersByTime(900_000);
    expect(host.ended().map(({ reason, endMs }) => [reason, endMs])).toEqual([
      [undefined, 100],
      [undefined, 99],
    ]);
  });

  test('also ends if it has no id, or arrives after the end of its call', () => {
    const host = setUp();
    call.start(0, id);
    work.start(10, { producer: 'p1', metadata: { worker_id: 'w1' } });
    call.stop(100, 100, id);
    tool.start(20, id);
    vi.advanceTimersByTime(5000);
    expect(host.ended().slice(1)).toEqual([
      { name: work.name, reason: 'call_ended', isError: false, endMs: 100 },
      { name: tool.name, reason: 'call_ended', isError: false, endMs: 100 },
    ]);
  });

  test('waits for the last call with its id', () => {
    const host = setUp();
    call.start(0, { ...id, metadata: { worker_id: 'w1' } });
    call.start(1, { ...id, metadata: { worker_id: 'w2' } });
    tool.start(10, id);
    call.stop(100, 100, { ...id, metadata: { worker_id: 'w1' } });
    vi.advanceTimersByTime(10_000);
    expect(host.spans()).toHaveLength(1);
    call.stop(201, 200, { ...id, metadata: { worker_id: 'w2' } });
    vi.advanceTimersByTime(5000);
    expect(host.ended()[2]).toMatchObject({ reason: 'call_ended', endMs: 201 });
  });

  test.each(['snakepit.pool.worker.terminated', 'snakepit.worker.crash'])(
    'ends with its worker, as an error (%s)',
    { tags: ['H37'] },
    async (event) => {
      const host = setUp();
      call.start(0, id);
      tool.start(1, { ...id, producer: 'p2' });
      publishLine(
        event,
        50,
        { lifetime: 1, total_commands: 1 },
        { producer: 'p1', metadata: { worker_id: 'w2' } },
      );
      expect(host.spans()).toEqual([]);
      publishLine(
        event,
        60,
        { lifetime: 1, total_commands: 1 },
        { producer: 'p1', metadata: { worker_id: 'w1' } },
      );
      expect(host.ended()).toEqual([{ name: call.name, reason: 'worker_died', isError: true, endMs: 60 }]);
      expect(host.spans()[0]?.attributes['error.type']).toBe('worker_died');
      expect(await host.counted('worker_died')).toBe(1);
    },
  );

  test('ends with its producer, as an error', { tags: ['H37'] }, () => {
    const host = setUp();
    call.start(0, id);
    call.start(0, { ...id, producer: 'p2' });
    vi.advanceTimersByTime(70);
    execute('snakepit.bridge.producer.ended', { count: 1 }, { producer: 'p1' });
    expect(host.ended()).toEqual([{ name: call.name, reason: 'worker_died', isError: true, endMs: 70 }]);
  });

  test('ends after 15 minutes', { tags: ['H37'] }, async () => {
    const host = setUp();
    call.start(0, id);
    vi.advanceTimersByTime(899_999);
    expect(host.spans()).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(host.ended()).toEqual([{ name: call.name, reason: 'expired', isError: false, endMs: 900_000 }]);
    expect(await host.counted('expired')).toBe(1);
  });

  test('ends after the times that the host sets', () => {
    const host = setUp({ spans: { maxAgeMs: 3000, unfinishedGraceMs: 1000 } });
    call.start(0, id);
    tool.start(10, id);
    call.stop(100, 100, id);
    work.start(200);
    vi.advanceTimersByTime(1000);
    expect(host.ended()[1]?.reason).toBe('call_ended');
    vi.advanceTimersByTime(2000);
    expect(host.ended()[2]?.reason).toBe('expired');
  });

  test('is no parent afterwards', { tags: ['H37'] }, () => {
    const host = setUp();
    call.start(0, id);
    publishLine('snakepit.worker.crash', 60, {}, { producer: 'p1', metadata: { worker_id: 'w1' } });
    tool.stop(50, 10, { ...id, correlation_id: 'c1' });
    const [, late] = host.spans();
    expect(late?.name).toBe(tool.name);
    expect(parentIn(host.spans(), late)).toBeUndefined();
  });

  test('ends the same in this process', () => {
    const host = setUp();
    const start = { monotonic_time: 0, system_time: Date.now() * 1e6 };
    const ids = { correlation_id: 'c1', worker_id: 'w1' };
    execute('snakepit.grpc_worker.execute.start', start, ids);
    execute('snakepit.python.call.start', { system_time: Date.now() * 1e6 }, ids);
    const stop = { duration: 1e6, monotonic_time: 0, duration_ms: 1, executions: 1 };
    execute('snakepit.grpc_worker.execute.stop', stop, ids);
    execute('snakepit.grpc_worker.execute.start', start, { ...ids, correlation_id: 'c2' });
    execute('snakepit.worker.crash', {}, { worker_id: 'w1' });
    expect(host.spans().map(reasonOf).slice(1).toSorted()).toEqual(['worker_died', 'worker_died']);
  });
});

test('leaves no timer behind once nothing is open', () => {
  const host = setUp();
  call.start(0, id);
  call.stop(100, 100, id);
  vi.advanceTimersByTime(900_000);
  expect(vi.getTimerCount()).toBe(0);
  host.instrumentation.disable();
});

test('refuses times that a timer does not support', () => {
  expect(() => instrumentedHost({ spans: { maxAgeMs: 0 } })).toThrow('spans.maxAgeMs');
});
