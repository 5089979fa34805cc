import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { execute, span, spanEvent, spanStart, spanStop } from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';

const START = 1_700_000_000_000_000_000;
const rpc = (id: string) => ({ correlation_id: id, worker_id: 'w1', command: 'predict', pool: 'default' });
const rpcStop = (id: string, extra: object = {}) =>
  execute(
    'snakepit.grpc_worker.execute.stop',
    { duration: 5_000_001, monotonic_time: 0, duration_ms: 5, executions: 1 },
    { ...rpc(id), status: 'ok', ...extra },
  );
const rpcStart = (id: string, systemTime = START) =>
  execute('snakepit.grpc_worker.execute.start', { monotonic_time: 0, system_time: systemTime }, rpc(id));

test('records a start and a stop as a span with their times and attributes', () => {
  const host = instrumentedHost();
  rpcStart('c1');
  rpcStop('c1');
  const [made, ...more] = host.spans();
  expect(more).toEqual([]);
  expect(made).toMatchObject({
    name: 'snakepit.grpc_worker.execute',
    kind: SpanKind.CLIENT,
    startTime: [1_700_000_000, 0],
    endTime: [1_700_000_000, 5_000_001],
    attributes: { 'snakepit.command': 'predict', 'snakepit.status': 'ok' },
    status: { code: SpanStatusCode.UNSET },
  });
});

test('computes an end time across a second boundary to the nanosecond', () => {
  const host = instrumentedHost();
  execute(
    'snakepit.grpc_worker.execute.start',
    { monotonic_time: 0, system_time: START + 999_000_064 },
    rpc('c1'),
  );
  rpcStop('c1');
  expect(host.spans()[0]?.endTime).toEqual([1_700_000_001, expect.closeTo(4_000_065, -2)]);
});

test('distinguishes overlapping spans by their ids', () => {
  const host = instrumentedHost();
  rpcStart('c1', START);
  rpcStart('c2', START + 1_000_000_000);
  rpcStop('c1');
  rpcStop('c2');
  expect(host.spans().map((made) => [made.attributes['snakepit.correlation_id'], made.startTime[0]])).toEqual(
    [
      ['c1', 1_700_000_000],
      ['c2', 1_700_000_001],
    ],
  );
});

test('makes an operation with the same correlation id a child', () => {
  const host = instrumentedHost();
  rpcStart('c1');
  execute('snakepit.python.call.start', { system_time: START }, { correlation_id: 'c1', command: 'predict' });
  execute('snakepit.python.call.stop', { duration: 1_000 }, { correlation_id: 'c1', command: 'predict' });
  rpcStop('c1');
  const [call, outer] = host.spans();
  expect(call?.name).toBe('snakepit.python.call');
  expect(call?.parentSpanContext?.spanId).toBe(outer?.spanContext().spanId);
});

test('prefers the active span as parent to an open span of another trace', () => {
  const host = instrumentedHost();
  rpcStart('c1'); // in no trace of the request below
  span('request', () => {
    execute('snakepit.python.call.start', { system_time: START }, { correlation_id: 'c1' });
    execute('snakepit.python.call.stop', { duration: 1_000 }, { correlation_id: 'c1' });
  });
  const [call, request] = host.spans();
  expect(call?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
});

test('marks a span as failed by an exception, without the message', () => {
  const host = instrumentedHost();
  const error = { error_type: 'ValueError', error_message: 'secret=42', error_category: 'python_error' };
  execute('snakepit.python.call.start', { system_time: START }, { correlation_id: 'c1' });
  execute('snakepit.python.call.exception', { duration: 7 }, { correlation_id: 'c1', ...error });
  const [made] = host.spans();
  expect(made?.status.code).toBe(SpanStatusCode.ERROR);
  expect(made?.attributes['error.type']).toBe('ValueError');
  const recorded = made?.events.find(({ name }) => name === 'exception');
  expect(recorded?.attributes).toEqual({ 'exception.type': 'ValueError' });
  expect(JSON.stringify([made?.attributes, made?.events])).not.toContain('secret');
});

test('exports messages if the host enables includeSensitive', () => {
  const host = instrumentedHost({ includeSensitive: true });
  execute(
    'snakepit.python.call.exception',
    { duration: 7 },
    { error_type: 'ValueError', error_message: 'bad input' },
  );
  expect(host.spans()[0]?.events[0]?.attributes?.['exception.message']).toBe('bad input');
});

test('marks a span as failed by a stop event with an error status', () => {
  const host = instrumentedHost();
  rpcStart('c1');
  rpcStop('c1', { status: 'error', error_kind: 'worker_error' });
  expect(host.spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
  expect(host.spans()[0]?.attributes['error.type']).toBe('worker_error');
});

test('records a stop without a start as a span that starts `duration` before it', () => {
  const host = instrumentedHost();
  rpcStop('c9');
  expect(host.spans()[0]?.duration).toEqual([0, 5_000_001]);
});

test('starts a span without a valid time now, and ends one without a stop when recording stops', async () => {
  const host = instrumentedHost();
  const before = Date.now() / 1000 - 1;
  execute('snakepit.python.call.start', { system_time: Number.NaN }, { correlation_id: 'c1' });
  host.instrumentation.disable();
  const [made] = host.spans();
  expect(made?.startTime[0]).toBeGreaterThan(before);
  expect(made?.attributes['snakepit.unfinished']).toBe('expired');
});

test('bounds the number of open spans', async () => {
  const host = instrumentedHost();
  for (let i = 0; i < 10_003; i++) rpcStart(`c${i}`);
  expect(host.spans()).toHaveLength(3);
  expect(await host.value('snakepit.bridge.spans.unfinished.total', { reason: 'expired' })).toBe(3);
});

test('adds point events to the active span', () => {
  const host = instrumentedHost();
  span('request', () => {
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'default', reason: 'failures' });
    execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 100 }, { pool: 'default' });
  });
  expect(host.spans()[0]?.events).toMatchObject([
    {
      name: 'snakepit.circuit_breaker.opened',
      attributes: { 'snakepit.failure_count': 5, 'snakepit.pool': 'default', 'snakepit.reason': 'failures' },
    },
    { name: 'snakepit.retry.attempt', attributes: { 'snakepit.attempt': 1, 'snakepit.delay_ms': 100 } },
  ]);
});

test('adds a point event outside any span to the operation of its worker', () => {
  const host = instrumentedHost();
  rpcStart('c1');
  execute('snakepit.worker.crash', {}, { worker_id: 'w1', pool: 'default', exit_code: 139 });
  rpcStop('c1');
  expect(host.spans()[0]?.events.map(({ name }) => name)).toEqual(['snakepit.worker.crash']);
});

test('adds the memory of the device to an out-of-memory event', () => {
  const host = instrumentedHost();
  const memory = { used_mb: 79_000, total_mb: 81_920, free_mb: 2_920 };
  execute('snakepit.gpu.memory.sampled', memory, { device: 'cuda:0' });
  span('forward', () => execute('snakepit.error.oom', { requested_bytes: 2 ** 33 }, { device: 'cuda:0' }));
  expect(host.spans()[0]?.events[0]?.attributes).toMatchObject({
    'snakepit.device': 'cuda:0',
    'snakepit.requested_bytes': 2 ** 33,
    'snakepit.gpu.memory.used_mb': 79_000,
    'snakepit.gpu.memory.free_mb': 2_920,
  });
});

test('adds the largest processes of the device to an out-of-memory event', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const host = instrumentedHost();
  const device = { device: 'cuda:0', interval_ms: 1000 };
  const holds = (pid: number, used_mb: number) =>
    execute('snakepit.gpu.process.sampled', { used_mb }, { ...device, pid, process: `python${pid}` });
  holds(99, 50_000);
  vi.advanceTimersByTime(2500);
  execute('snakepit.gpu.memory.sampled', { used_mb: 9, total_mb: 10, free_mb: 1 }, device);
  for (const [pid, used] of [300, 700, 100, 600, 200, 500].entries()) holds(pid, used);
  vi.advanceTimersByTime(600);
  // The message did not name the device; there is but one.
  span('forward', () => execute('snakepit.error.oom', {}, {}));
  expect(host.spans()[0]?.events[0]?.attributes).toEqual({
    'snakepit.gpu.memory.used_mb': 9,
    'snakepit.gpu.memory.total_mb': 10,
    'snakepit.gpu.memory.free_mb': 1,
    'snakepit.gpu.sample.age_ms': 600,
    'snakepit.gpu.processes.pid': [1, 3, 5, 0, 4],
    'snakepit.gpu.processes.name': ['python1', 'python3', 'python5', 'python0', 'python4'],
    'snakepit.gpu.processes.used_mb': [700, 600, 500, 300, 200],
  });
});

test('adds no memory sample that has expired or belongs to a lost device', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const host = instrumentedHost();
  const sample = (device: string) =>
    execute(
      'snakepit.gpu.memory.sampled',
      { used_mb: 1, total_mb: 2, free_mb: 1 },
      { device, interval_ms: 1000 },
    );
  const oom = (device: string) => span('forward', () => execute('snakepit.error.oom', {}, { device }));
  sample('cuda:0');
  sample('cuda:1');
  execute('snakepit.gpu.device.lost', {}, { device: 'cuda:1' });
  vi.advanceTimersByTime(3000);
  oom('cuda:0');
  oom('cuda:1');
  vi.advanceTimersByTime(1);
  oom('cuda:0');
  const usedMb = host.spans().map(({ events }) => events[0]?.attributes?.['snakepit.gpu.memory.used_mb']);
  expect(usedMb).toEqual([1, undefined, undefined]);
});

test('follows a GPU that takes over the name of a lost one', () => {
  const host = instrumentedHost();
  const sample = (device: string, uuid: string, used_mb: number) =>
    execute('snakepit.gpu.memory.sampled', { used_mb, total_mb: 9, free_mb: 1 }, { device, uuid });
  const oom = (device?: string) =>
    span('forward', () => execute('snakepit.error.oom', {}, device === undefined ? {} : { device }));
  sample('cuda:0', 'GPU-a', 1);
  sample('cuda:1', 'GPU-b', 2);
  sample('cuda:0', 'GPU-b', 3);
  // Reported after the other has taken its name.
  execute('snakepit.gpu.device.lost', {}, { device: 'cuda:0', uuid: 'GPU-a' });
  oom('cuda:0');
  oom('cuda:1');
  oom();
  const usedMb = host.spans().map(({ events }) => events[0]?.attributes?.['snakepit.gpu.memory.used_mb']);
  expect(usedMb).toEqual([3, undefined, 3]);
});

test('records custom events as spans and span events', () => {
  const host = instrumentedHost({
    events: {
      'myapp.job.start': { trace: spanStart('myapp.job') },
      'myapp.job.stop': { trace: spanStop('myapp.job') },
      'myapp.cache.full': { trace: spanEvent },
    },
  });
  const job = host.tracer.startSpan('request');
  context.with(trace.setSpan(context.active(), job), () => {
    execute('myapp.job.start', {}, { job: 7 });
    execute('myapp.job.stop', { duration: 1_000_000 }, { job: 7 });
    execute('myapp.cache.full' as 'x.start', {}, { size: 9 });
  });
  job.end();
  const [made, request] = host.spans();
  expect(made).toMatchObject({
    name: 'myapp.job',
    duration: [0, 1_000_000],
    attributes: { 'snakepit.job': 7 },
  });
  expect(request?.events[0]).toMatchObject({ name: 'myapp.cache.full', attributes: { 'snakepit.size': 9 } });
});
