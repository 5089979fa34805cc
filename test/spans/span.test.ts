import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import {
  attachMany,
  detach,
  endSpan,
  endSpanException,
  listHandlers,
  type SnakepitEvent,
  span,
  startSpan,
} from '../../src/index.js';
import { instrumentedHost } from '../helpers/sdk.js';

const EVENTS = ['myapp.operation.start', 'myapp.operation.stop', 'myapp.operation.exception'] as const;

function watchBus(): SnakepitEvent[] {
  const events: SnakepitEvent[] = [];
  attachMany('watch', EVENTS, (event) => {
    events.push(event as SnakepitEvent);
  });
  return events;
}

afterEach(() => {
  for (const { id } of listHandlers()) detach(id);
});

test('runs a synchronous function in an active span and returns its result', () => {
  const host = instrumentedHost();
  const events = watchBus();
  const result = span('myapp.operation', { pool: 'default', size: 3 }, (otelSpan) => {
    expect(trace.getActiveSpan()).toBe(otelSpan);
    return 42;
  });
  expect(result).toBe(42);
  expect(host.spans()).toHaveLength(1);
  expect(host.spans()[0]).toMatchObject({
    name: 'myapp.operation',
    attributes: { 'snakepit.pool': 'default', 'snakepit.size': 3 },
    status: { code: SpanStatusCode.UNSET },
  });
  expect(events.map(({ name }) => name)).toEqual(['myapp.operation.start', 'myapp.operation.stop']);
  expect(events[0]?.measurements).toEqual({ system_time: expect.any(Number) });
  expect(events[1]?.measurements).toEqual({ duration: expect.any(Number) });
  expect(events[1]?.metadata).toEqual({ pool: 'default', size: 3 });
});

test('accepts a span without metadata', () => {
  const host = instrumentedHost();
  expect(span('myapp.operation', () => 'done')).toBe('done');
  expect(host.spans()[0]?.attributes).toEqual({});
});

test('ends the span of an asynchronous function when its promise settles', async () => {
  const host = instrumentedHost();
  let release = (_value: string) => {};
  const pending = span('myapp.operation', () => new Promise<string>((resolve) => (release = resolve)));
  expect(host.spans()).toEqual([]);
  release('late');
  expect(await pending).toBe('late');
  expect(host.spans()).toHaveLength(1);
});

test.each([
  ['thrown', () => span('myapp.operation', { pool: 'p' }, () => raise(new RangeError('too long')))],
  ['rejected', () => span('myapp.operation', { pool: 'p' }, async () => raise(new RangeError('too long')))],
])('an error that is %s is recorded, announced and passed on as it is', async (_how, run) => {
  const host = instrumentedHost();
  const events = watchBus();
  const error = await (async () => run())().catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(RangeError);
  const [made, ...more] = host.spans();
  expect(more).toEqual([]);
  expect(made?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'too long' });
  expect(made?.attributes['error.type']).toBe('RangeError');
  expect(made?.events[0]).toMatchObject({
    name: 'exception',
    attributes: { 'exception.type': 'RangeError', 'exception.message': 'too long' },
  });
  expect(events.map(({ name }) => name)).toEqual(['myapp.operation.start', 'myapp.operation.exception']);
  expect(events[1]?.metadata).toMatchObject({ pool: 'p', kind: 'error', reason: error });
});

test('records a thrown value that is not an Error', () => {
  const host = instrumentedHost();
  expect(() => span('myapp.operation', () => raise(Object.create(null)))).toThrow();
  expect(host.spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
});

test('nests spans across awaits and side by side', async () => {
  const host = instrumentedHost();
  await span('outer', async () => {
    await Promise.all(
      ['a', 'b'].map((name) =>
        span(name, async () => {
          await new Promise(setImmediate);
          span(`${name}.inner`, () => {});
        }),
      ),
    );
  });
  const byName = new Map(host.spans().map((made) => [made.name, made]));
  const parentOf = (name: string) =>
    host.spans().find((made) => made.spanContext().spanId === byName.get(name)?.parentSpanContext?.spanId)
      ?.name;
  expect(['outer', 'a', 'b', 'a.inner', 'b.inner'].map(parentOf)).toEqual([
    undefined,
    'outer',
    'outer',
    'a',
    'b',
  ]);
});

test('records a span of a cataloged name once', () => {
  const host = instrumentedHost();
  span('snakepit.hardware.detect', () => {});
  expect(host.spans().map(({ name }) => name)).toEqual(['snakepit.hardware.detect']);
});

test('ends a started span with the added metadata', () => {
  const host = instrumentedHost();
  const events = watchBus();
  const reference = startSpan('myapp.operation', { user_id: 123, result: 'pending' });
  expect(trace.getActiveSpan()).toBeUndefined();
  context.with(trace.setSpan(context.active(), reference.span), () => span('child', () => {}));
  endSpan(reference, { result: 'success' });

  const [child, made] = host.spans();
  expect(child?.parentSpanContext?.spanId).toBe(made?.spanContext().spanId);
  expect(made?.attributes).toEqual({ 'snakepit.user_id': 123, 'snakepit.result': 'success' });
  expect(events.at(-1)?.metadata).toEqual({ user_id: 123, result: 'success' });
});

test('ends a started span with an error without throwing it', () => {
  const host = instrumentedHost();
  endSpanException(startSpan('myapp.operation'), new Error('gone'));
  expect(host.spans()[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'gone' });
});

test('counts a second end, and emits nothing', async () => {
  const host = instrumentedHost();
  const events = watchBus();
  const reference = startSpan('myapp.operation');
  endSpan(reference);
  endSpan(reference);
  endSpanException(reference, new Error('late'));
  expect(host.spans()).toHaveLength(1);
  expect(events).toHaveLength(2);
  expect(await host.value('snakepit.telemetry.unmatched_spans.total', { problem: 'ended_twice' })).toBe(2);
});

test('omits values that cannot be attributes, or serializes them on one line', () => {
  const host = instrumentedHost();
  const circular: { self?: unknown } = {};
  circular.self = circular;
  span(
    'myapp.operation',
    { none: null, missing: undefined, list: [1, 2], mixed: [1, 'a'], circular },
    () => {},
  );
  expect(host.spans()[0]?.attributes).toEqual({
    'snakepit.list': [1, 2],
    'snakepit.mixed': '[1,"a"]',
    'snakepit.circular': '[unprintable]',
  });
});

test('runs the function and publishes its events without an SDK', () => {
  const events = watchBus();
  expect(span('myapp.operation', () => 1)).toBe(1);
  expect(events).toHaveLength(2);
});

function raise(error: unknown): never {
  throw error;
}
