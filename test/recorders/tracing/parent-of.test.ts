import { createHash } from 'node:crypto';
import { context, trace } from '@opentelemetry/api';
import { describe, expect, test, vi } from 'vitest';
import { RequestIdGenerator } from '../../../snakepit-otel/src/sdk/id-generator.js';
import { execute } from '../../../src/index.js';
import { fakeTime } from '../../helpers/fake-time.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { parentIn, tracesOf } from '../../helpers/span-tree.js';
import { call, publishLine, tool, work } from '../../helpers/wire-line.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const id = (correlation_id: string) => ({ correlation_id });
const hashOf = (correlationId: string) =>
  createHash('sha256').update(`snakepit\0${correlationId}`).digest('hex');

describe('the parent of a span of another process', () => {
  test('is never the active span of this one', () => {
    const host = instrumentedHost();
    host.tracer.startActiveSpan('request', () => {
      tool.start(0, id('c1'));
      tool.stop(10, 10, id('c1'));
    });
    expect(host.spans()[0]?.parentSpanContext).toBeUndefined();
  });

  test.each([
    ['a traceparent', { traceparent: TRACEPARENT, correlation_id: 'c1' }],
    ['a correlation id that is one', { correlation_id: TRACEPARENT }],
  ])('is that of %s, and inside it the span around', (_, parts) => {
    const host = instrumentedHost();
    tool.start(0, parts);
    work.start(5, parts);
    work.stop(10, 5, parts);
    tool.stop(20, 20, parts);
    const [inner, outer] = host.spans();
    expect(inner?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
    expect(outer?.parentSpanContext).toMatchObject({ traceId: TRACE, spanId: 'b7ad6b7169203331' });
    expect(inner?.spanContext().traceId).toBe(TRACE);
  });

  test('is the innermost span with its id that contains it in time, also one that ended before it arrived', () => {
    const host = instrumentedHost();
    call.start(0, id('c1'));
    tool.start(10, id('c1'));
    tool.stop(50, 40, id('c1'));
    call.stop(100, 100, id('c1'));
    work.start(20, id('c1'));
    work.stop(30, 10, id('c1'));
    work.stop(90, 10, id('c1'));
    const [first, second, inTool, inCall] = host.spans();
    expect(parentIn(host.spans(), inTool)).toBe(first);
    expect(parentIn(host.spans(), inCall)).toBe(second);
    expect(inCall?.attributes['snakepit.start_missing']).toBe(true);
  });

  test('is no span that ended 30 s ago', () => {
    const host = instrumentedHost({}, [], new RequestIdGenerator());
    fakeTime();
    call.start(0, id('c1'));
    call.stop(100, 100, id('c1'));
    vi.advanceTimersByTime(29_999);
    tool.stop(30, 10, id('c1'));
    vi.advanceTimersByTime(1);
    tool.stop(40, 10, id('c1'));
    const [execution, early, late] = host.spans();
    expect(parentIn(host.spans(), early)).toBe(execution);
    expect(late?.parentSpanContext).toBeUndefined();
    expect(tracesOf(host.spans()).size).toBe(1);
  });

  test('without an id is the only open call of its worker', () => {
    const host = instrumentedHost();
    const worker = (worker_id: string) => ({ metadata: { worker_id } });
    call.start(0, { ...id('c1'), ...worker('w1') });
    work.stop(5, 1, worker('w1'));
    work.stop(5, 1, worker('w2'));
    call.start(6, { ...id('c2'), ...worker('w1') });
    work.stop(9, 1, worker('w1'));
    call.stop(10, 4, { ...id('c2'), ...worker('w1') });
    work.stop(11, 1, worker('w1'));
    call.stop(12, 12, { ...id('c1'), ...worker('w1') });
    const spans = host.spans();
    const first = spans.at(-1);
    expect(spans.map((span) => parentIn(spans, span))).toEqual([
      first,
      undefined,
      undefined,
      undefined,
      first,
      undefined,
    ]);
  });

  test('is never found by worker across two ids', () => {
    const host = instrumentedHost();
    call.start(0, { ...id('c1'), metadata: { worker_id: 'w1' } });
    tool.start(1, { ...id('c2'), metadata: { worker_id: 'w1' } });
    tool.stop(2, 1, { ...id('c2'), metadata: { worker_id: 'w1' } });
    call.stop(3, 3, { ...id('c1'), metadata: { worker_id: 'w1' } });
    expect(tracesOf(host.spans()).size).toBe(2);
  });

  test('is never a span of the same name and attributes', () => {
    const host = instrumentedHost();
    call.start(0, id('c1'));
    for (const at of [1, 2, 3]) tool.start(at, { ...id('c1'), metadata: { tool: 'same' } });
    tool.start(4, { ...id('c1'), metadata: { tool: 'other' } });
    for (const at of [4, 3, 2, 1])
      tool.stop(10 + at, 10, { ...id('c1'), metadata: { tool: at === 4 ? 'other' : 'same' } });
    call.stop(20, 20, id('c1'));
    const spans = host.spans();
    const [inner, last, ...siblings] = spans;
    expect(parentIn(spans, inner)).toBe(last);
    for (const span of [last, ...siblings.slice(0, 2)]) expect(parentIn(spans, span)).toBe(spans.at(-1));
  });
});

describe('ids of a request', () => {
  test('come from its correlation id, and only the first call has that of the call', () => {
    const host = instrumentedHost({}, [], new RequestIdGenerator());
    tool.stop(1, 1, id('c1'));
    call.start(10, id('c1'));
    call.stop(20, 10, id('c1'));
    call.start(30, id('c1'));
    call.stop(40, 10, id('c1'));
    host.tracer.startSpan('other').end();
    const [python, first, second, other] = host.spans();
    for (const span of [python, first, second]) {
      expect(span?.spanContext().traceId).toBe(hashOf('c1').slice(0, 32));
      expect(span?.parentSpanContext).toBeUndefined();
    }
    expect(first?.spanContext().spanId).toBe(hashOf('c1').slice(32, 48));
    expect(second?.spanContext().spanId).not.toBe(first?.spanContext().spanId);
    expect(other?.spanContext().traceId).not.toBe(python?.spanContext().traceId);
  });

  const part = { ...id('c1'), metadata: { worker_id: 'w' } };
  const end30sAgo = () => {
    call.stop(10, 10, part);
    vi.advanceTimersByTime(30_000);
  };
  const endWithWorker = () => publishLine('snakepit.pool.worker.terminated', 10, {}, part);
  test.each([
    ['30 s ago', end30sAgo],
    ['with its worker', endWithWorker],
  ])('are not those of a call that ended %s', (_, end) => {
    const host = instrumentedHost({}, [], new RequestIdGenerator());
    fakeTime();
    call.start(0, part);
    end();
    call.stop(30_020, 10, part);
    const [first, later] = host.spans().map((span) => span.spanContext());
    expect(first?.spanId).toBe(hashOf('c1').slice(32, 48));
    expect(later?.traceId).toBe(first?.traceId);
    expect(later?.spanId).not.toBe(first?.spanId);
  });

  test('are random with the provider of a host, which has one trace for them all the same', () => {
    const host = instrumentedHost();
    tool.stop(1, 1, id('c1'));
    call.start(10, id('c1'));
    call.stop(20, 10, id('c1'));
    const [python, execution] = host.spans();
    expect(execution?.spanContext().traceId).not.toBe(hashOf('c1').slice(0, 32));
    expect(parentIn(host.spans(), execution)).toBe(python);
  });

  test('hold for events of this process', () => {
    const host = instrumentedHost({}, [], new RequestIdGenerator());
    const start = { monotonic_time: 0, system_time: Date.now() * 1e6 };
    const stop = { duration: 1e6, monotonic_time: 0, duration_ms: 1, executions: 1 };
    for (const correlation_id of ['c1', 'c2']) {
      execute('snakepit.grpc_worker.execute.start', start, { correlation_id, worker_id: 'w1' });
      execute('snakepit.python.call.start', { system_time: Date.now() * 1e6 }, { correlation_id });
    }
    for (const correlation_id of ['c1', 'c2']) {
      execute('snakepit.python.call.stop', { duration: 1e5 }, { correlation_id });
      execute('snakepit.grpc_worker.execute.stop', stop, { correlation_id, worker_id: 'w1' });
    }
    const spans = host.spans();
    expect(spans.map((span) => span.spanContext().traceId)).toEqual(
      ['c1', 'c1', 'c2', 'c2'].map((correlationId) => hashOf(correlationId).slice(0, 32)),
    );
    expect(spans.map((span) => parentIn(spans, span))).toEqual([spans[1], undefined, spans[3], undefined]);
  });

  test('of an active span of this process have precedence', () => {
    const host = instrumentedHost({}, [], new RequestIdGenerator());
    const request = host.tracer.startSpan('request');
    context.with(trace.setSpan(context.active(), request), () => {
      execute('snakepit.python.call.start', { system_time: Date.now() * 1e6 }, { correlation_id: 'c1' });
      execute('snakepit.python.call.stop', { duration: 1 }, { correlation_id: 'c1' });
    });
    expect(host.spans()[0]?.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
  });
});

test('adds a point event to the open span around it, with its time', () => {
  const host = instrumentedHost();
  call.start(0, id('c1'));
  tool.start(10, id('c1'));
  publishLine('snakepit.error.oom', 20, {}, id('c1'));
  publishLine('snakepit.error.oom', 5, {}, id('c1'));
  publishLine('snakepit.error.oom', 30, {}, id('c2'));
  tool.stop(50, 40, id('c1'));
  call.stop(100, 100, id('c1'));
  expect(host.spans().map(({ events }) => events.map(({ time }) => time))).toEqual([
    [[1_795_695_387, 20_000_000]],
    [[1_795_695_387, 5_000_000]],
  ]);
});
