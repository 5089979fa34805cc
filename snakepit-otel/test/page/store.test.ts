import { SpanStatusCode } from '@opentelemetry/api';
import { execute, span } from 'opentelemetry-instrumentation-snakepit';
import { publishWireEvent } from 'opentelemetry-instrumentation-snakepit/bridge';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ErrorDetail, Snapshot, Trace } from '../../src/page/contract.js';
import type { DeliveryReport } from '../../src/sdk/delivery-report.js';
import { loseGpu, sampleGpu } from '../helpers/gpu-events.js';
import { eventually } from '../helpers/inputs.js';
import { openStream, startPage } from '../helpers/page.js';

const MIB = 1_048_576;

test('a snapshot of a moment has what was there then, and nothing later', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { get, tracer, snapshot } = await startPage();
  const act = async (name: string, used: number, pids: readonly number[]) => {
    await sampleGpu(0, { used, processes: pids.map((pid) => [pid, 'train', used]) });
    tracer.startSpan(`request ${name}`).end();
    execute('snakepit.error.python_exception', {}, { type: `${name}Error`, message: name });
  };
  await act('Early', 1000, [7]);
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { pool: 'llm' });
  const at = Date.now() + 1000;
  vi.setSystemTime(at + 5000);
  await act('Late', 2000, []);
  execute('snakepit.circuit_breaker.closed', {}, { pool: 'llm' });

  const then = (await (await get(`/api/v1/snapshot?range=5m&at=${at}`)).json()) as Snapshot;

  expect(then).toMatchObject({ now: at, range: '5m', problems: [] });
  expect(then.traces.map(({ name }) => name)).toEqual(['request Early']);
  expect(then.errors.map(({ type }) => type)).toEqual(['EarlyError']);
  expect(then.events.every(({ ts }) => ts <= at)).toBe(true);
  expect(then.breakers).toMatchObject([{ state: 'open', transitions: [{ state: 'open' }] }]);
  const [gpu] = then.gpus;
  expect(gpu?.series.mean.memory.findLast((value) => value !== null)).toBe(1000);
  expect(gpu?.series.mean.memory).toHaveLength(300);
  expect(gpu).toMatchObject({ lastSeen: at, processes: [{ pid: 7, memory: 1000 }] });
  expect(gpu?.processes[0]?.goneAt).toBeUndefined();

  const now = await snapshot();
  expect(now.traces).toHaveLength(2);
  expect(now.breakers).toMatchObject([{ state: 'closed' }]);
  expect((await get('/api/v1/snapshot?at=soon')).status).toBe(400);
});

describe('GPUs', () => {
  test('are listed with their readings; what was not read is null', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const { snapshot } = await startPage();
    await sampleGpu(0, { used: 1000, watts: 300, celsius: null });
    const { gpus } = await snapshot('5m');
    expect(gpus).toMatchObject([
      { device: 'cuda:0', name: 'H100', memoryLimit: 80_000, isLost: false, throttleReasons: [] },
    ]);
    const { mean, step, min } = gpus[0]?.series ?? {};
    expect(step).toBe(1000);
    expect(min).toBeUndefined();
    expect(mean?.memory.at(-1)).toBe(1000);
    expect(mean?.power.at(-1)).toBe(300);
    expect(mean?.utilization.at(-1)).toBe(0.5);
    expect(mean?.temperature).toEqual(Array(300).fill(null));
    expect(mean?.memory.slice(0, -2)).toEqual(Array(298).fill(null));
  });

  test('have processes, which are struck out when they end', async () => {
    const { snapshot } = await startPage();
    execute(
      'snakepit.pool.worker.spawned',
      { duration: 1, system_time: 1 },
      { pool_name: 'llm', worker_id: 'llm_worker_1', python_pid: 77 },
    );
    await sampleGpu(0, {
      processes: [
        [77, 'python3', 500],
        [78, 'train', 900],
      ],
    });
    expect((await snapshot()).gpus[0]?.processes).toEqual([
      { pid: 78, command: 'train', memory: 900 },
      { pid: 77, command: 'python3', memory: 500, pool: 'llm', worker: 'llm_worker_1' },
    ]);
    await sampleGpu(0, { processes: [[77, 'python3', 600]] });
    const { gpus } = await snapshot();
    expect(gpus[0]?.processes).toMatchObject([
      { pid: 77, memory: 600 },
      { pid: 78, memory: 900, goneAt: expect.any(Number) },
    ]);
    expect(gpus[0]?.processSeries?.map(({ pid, memory }) => [pid, memory.at(-1)])).toContainEqual([77, 600]);
  });

  test('keep their history when they move up as another one is lost', async () => {
    const { snapshot } = await startPage();
    await sampleGpu(0, { used: 100, uuid: 'GPU-a' });
    await sampleGpu(1, { used: 200, uuid: 'GPU-b' });
    loseGpu(0, 'GPU-a');
    await sampleGpu(0, { used: 300, uuid: 'GPU-b' });
    const { gpus, problems } = await snapshot();
    expect(gpus.map(({ device, uuid, isLost }) => [device, uuid, isLost])).toEqual([
      ['cuda:0', 'GPU-b', false],
      ['cuda:0 (lost)', 'GPU-a', true],
    ]);
    expect(problems).toMatchObject([{ id: 'gpu-lost:cuda:0 (lost)', severity: 'error' }]);
  });

  test('that come back are not lost any more', async () => {
    const { snapshot, url } = await startPage();
    await sampleGpu(0, {});
    const stream = await openStream(`${url}/api/v1/stream`);
    await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
    loseGpu(0, 'GPU-0');
    await eventually(() => expect(stream.of('gpu').at(-1)?.data.isLost).toBe(true));
    expect(stream.of('problems').at(-1)?.data).toMatchObject([{ link: '#/gpu/cuda%3A0' }]);
    await sampleGpu(0, {});
    await eventually(() => expect(stream.of('gpu').at(-1)?.data.isLost).toBe(false));
    expect((await snapshot()).problems).toEqual([]);
  });

  test('that are not read for three intervals are stale', async () => {
    const { snapshot } = await startPage();
    await sampleGpu(0, {});
    expect((await snapshot()).problems).toEqual([]);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3100);
    expect((await snapshot()).problems).toMatchObject([{ id: 'gpu-stale:cuda:0', severity: 'warning' }]);
    vi.restoreAllMocks();
  });

  test('are sent as ticks', async () => {
    const { url } = await startPage();
    const stream = await openStream(`${url}/api/v1/stream`);
    await eventually(() => expect(stream.of('snapshot')).toHaveLength(1));
    await sampleGpu(3, { used: 5, processes: [[7, 'p', 3]] });
    await eventually(() => expect(stream.of('tick')).toHaveLength(1));
    expect(stream.of('tick')[0]?.data).toMatchObject({
      gpus: { 'cuda:3': [5, 0.5, 250, 60, 1980, 0] },
      processes: { 'cuda:3': [{ pid: 7, command: 'p', memory: 3 }] },
    });
  });
});

describe('errors', () => {
  test('of memory have who held what, and the trace of the span that failed', async () => {
    const { snapshot, get } = await startPage();
    await sampleGpu(0, { uuid: 'GPU-a' });
    await sampleGpu(1, {
      uuid: 'GPU-b',
      processes: [
        [51_302, 'python3', 61_000],
        [50_120, 'ollama', 8900],
      ],
    });
    await span('generate', { pool: 'llm' }, async () => {
      execute(
        'snakepit.error.oom',
        {
          requested_bytes: 2500 * MIB,
          available_bytes: 1341 * MIB,
          total_bytes: 80_000 * MIB,
          allocated_bytes: 59_000 * MIB,
          reserved_unused_bytes: 6000 * MIB,
        },
        {
          device: 'cuda:0',
          memory: 'device',
          operation: 'decode',
          visible_devices: '1',
          device_order: 'PCI_BUS_ID',
        },
      );
    });
    const { errors, problems, traces } = await snapshot();
    expect(errors).toMatchObject([
      {
        kind: 'oom',
        device: 'cuda:1',
        place: 'decode',
        count: 1,
        trace: traces[0]?.id,
        span: expect.any(String),
      },
    ]);
    const detail = (await (await get(`/api/v1/errors/${errors[0]?.id}`)).json()) as ErrorDetail;
    expect(detail.oom).toEqual({
      requested: 2500,
      free: 1341,
      total: 80_000,
      allocated: 59_000,
      reservedUnused: 6000,
      processes: [
        { pid: 51_302, command: 'python3', memory: 61_000 },
        { pid: 50_120, command: 'ollama', memory: 8900 },
      ],
    });
    expect(problems).toMatchObject([
      {
        severity: 'error',
        title: 'Out of memory on cuda:1',
        cause: 'A process asked for 2.44 GiB in decode; 1.31 GiB was free.',
        link: `#/error/${errors[0]?.id}`,
      },
    ]);
  });

  test('of memory name no GPU if it cannot be known which one that is', async () => {
    const { snapshot, get } = await startPage();
    await sampleGpu(0, { uuid: 'GPU-a', name: 'A100' });
    await sampleGpu(1, { uuid: 'GPU-b', processes: [[1, 'p', 5]] });
    execute('snakepit.error.oom', { requested_bytes: MIB }, { device: 'cuda:0', memory: 'device' });
    const [error] = (await snapshot()).errors;
    expect(error).not.toHaveProperty('device');
    const detail = (await (await get(`/api/v1/errors/${error?.id}`)).json()) as ErrorDetail;
    expect(detail.oom).toEqual({ requested: 1, processes: [] });
  });

  test('are grouped by class and place', async () => {
    const { snapshot } = await startPage();
    for (const operation of ['matmul', 'conv', 'matmul'])
      execute('snakepit.error.shape_mismatch', {}, { expected: [1], got: [2], operation });
    const { errors } = await snapshot();
    expect(errors.map(({ place, count }) => [place, count])).toEqual([
      ['conv', 1],
      ['matmul', 2],
    ]);
  });

  test('of a worker are listed once, with its trace', async () => {
    const { snapshot } = await startPage();
    const ids = { correlation_id: 'c1', worker_id: 'w_1', command: 'predict' };
    const now = BigInt(Date.now()) * 1_000_000n;
    const send = (event: string, at: bigint, metadata: object, measurements: object) =>
      publishWireEvent({
        event,
        measurements,
        metadata: { ...ids, ...metadata },
        timestamp_ns: String(now + at),
      });
    send('python.call.start', 0n, {}, { system_time: Number(now) });
    send(
      'python.call.exception',
      5_000_000n,
      {
        error_type: 'RuntimeError',
        error_message:
          'CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8.00 GiB of which 1.00 GiB is free.',
      },
      { duration: 5_000_000 },
    );
    await eventually(async () => {
      const { errors, traces } = await snapshot();
      expect(traces).toHaveLength(1);
      expect(errors).toMatchObject([{ kind: 'oom', worker: 'w_1', trace: traces[0]?.id, count: 1 }]);
    });
  });

  test('thrown through several spans are listed once, at the innermost span', async () => {
    const { snapshot, get } = await startPage();
    const error = new TypeError('no such thing');
    await span('outer', {}, () =>
      span('inner', {}, async () => {
        throw error;
      }),
    ).catch(() => {});
    const { errors, traces } = await snapshot();
    expect(errors).toMatchObject([
      {
        kind: 'exception',
        type: 'TypeError',
        message: 'no such thing',
        place: 'inner',
        trace: traces[0]?.id,
      },
    ]);
    expect(await (await get(`/api/v1/errors/${errors[0]?.id}`)).json()).toMatchObject({
      traceback: expect.stringContaining('TypeError: no such thing'),
    });
  });

  test('of more than 200 kinds push out the oldest', async () => {
    const { snapshot } = await startPage();
    for (let i = 0; i < 250; i++) execute('snakepit.error.shape_mismatch', {}, { operation: `op-${i}` });
    const { errors } = await snapshot();
    expect(errors).toHaveLength(200);
    expect(errors[0]?.place).toBe('op-50');
  });
});

describe('traces', () => {
  test('have a head with energy and peak, and spans in order with the readings of their GPU', async () => {
    const { snapshot, get, tracer } = await startPage();
    await sampleGpu(0, { used: 777 });
    const gpu = (joules: number) => ({
      'snakepit.gpu.device': 'cuda:0',
      'snakepit.gpu.energy.joules': joules,
      'snakepit.gpu.memory.peak_mb': 100 * joules,
    });
    const startTime = Date.now();
    tracer.startActiveSpan('POST /generate', { attributes: gpu(30), startTime }, (root) => {
      tracer.startActiveSpan('first', { attributes: gpu(10), startTime }, (each) => each.end(startTime + 1));
      tracer.startActiveSpan('second', { attributes: gpu(20), startTime: startTime + 1 }, (each) => {
        each.addEvent('token', { count: 3 });
        each.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
        each.end(startTime + 2);
      });
      root.end(startTime + 2);
    });
    const [head] = (await snapshot()).traces;
    expect(head).toMatchObject({
      name: 'POST /generate',
      spans: 3,
      status: 'error',
      error: 'no',
      devices: ['cuda:0'],
      joules: 30,
      peakMemory: 3000,
    });
    const trace = (await (await get(`/api/v1/traces/${head?.id}`)).json()) as Trace;
    expect(trace.spans.map(({ name }) => name)).toEqual(['POST /generate', 'first', 'second']);
    expect(trace.spans[2]).toMatchObject({
      parent: trace.spans[0]?.id,
      status: 'error',
      statusMessage: 'no',
      device: 'cuda:0',
      joules: 20,
      events: [{ name: 'token', attributes: { count: 3 } }],
    });
    expect(trace.gpus['cuda:0']?.mean.memory).toContain(777);
    expect(trace.dropped).toBe(0);
  });

  test('without errors make room first; 50 with errors stay', async () => {
    const { snapshot, tracer } = await startPage();
    const add = (name: string, isError: boolean) => {
      const each = tracer.startSpan(name);
      if (isError) each.setStatus({ code: SpanStatusCode.ERROR });
      each.end();
    };
    for (let i = 0; i < 60; i++) add(`bad-${i}`, true);
    for (let i = 0; i < 400; i++) add(`good-${i}`, false);
    const { traces } = await snapshot();
    expect(traces).toHaveLength(200);
    const bad = traces.filter(({ status }) => status === 'error');
    expect(bad.map(({ name }) => name)).toEqual(Array.from({ length: 50 }, (_, i) => `bad-${i + 10}`));
    expect(traces.at(-1)?.name).toBe('good-399');
  });

  test('keep 5,000 spans each and 20,000 together', async () => {
    const { snapshot, tracer, get } = await startPage();
    for (let trace = 0; trace < 5; trace++) {
      tracer.startActiveSpan(`trace-${trace}`, (root) => {
        for (let i = 0; i < 6000; i++) tracer.startSpan('child').end();
        root.end();
      });
    }
    const { traces } = await snapshot();
    expect(traces.map(({ name, spans }) => [name, spans])).toEqual(
      [1, 2, 3, 4].map((i) => [`trace-${i}`, 6001]),
    );
    const trace = (await (await get(`/api/v1/traces/${traces[0]?.id}`)).json()) as Trace;
    expect(trace.spans).toHaveLength(5000);
    expect(trace.dropped).toBe(1001);
  });

  test('cut texts at 1 kB', async () => {
    const { snapshot, get, tracer } = await startPage();
    tracer.startSpan('long', { attributes: { text: 'word '.repeat(10_000) } }).end();
    const [head] = (await snapshot()).traces;
    const { spans } = (await (await get(`/api/v1/traces/${head?.id}`)).json()) as Trace;
    expect(String(spans[0]?.attributes.text)).toHaveLength(1024);
  });
});

test('a breaker that opens is a problem until it closes, and keeps its last 500 transitions', async () => {
  const { snapshot } = await startPage();
  const pool = { pool: 'llm' };
  for (let i = 0; i < 600; i++) {
    execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { ...pool, reason: 'failures' });
    execute('snakepit.circuit_breaker.half_open', {}, pool);
  }
  execute('snakepit.circuit_breaker.opened', { failure_count: 5 }, { ...pool, reason: 'failures' });
  execute('snakepit.circuit_breaker.call.rejected', {}, { ...pool, state: 'open' });
  const { breakers, problems } = await snapshot();
  expect(breakers).toMatchObject([{ name: 'llm', state: 'open', rejected: 1 }]);
  expect(breakers[0]?.transitions).toHaveLength(500);
  expect(problems).toMatchObject([
    { id: 'breaker:llm', title: 'Breaker llm is open', cause: '5 failures. 1 calls refused.' },
  ]);
  execute('snakepit.circuit_breaker.closed', {}, pool);
  expect((await snapshot()).problems).toEqual([]);
  execute('snakepit.circuit_breaker.state', { state: 0, breakers: 0 }, pool);
  expect((await snapshot()).breakers).toEqual([]);
});

test('pools have their workers, queue and counts; a full queue is a problem', async () => {
  const { snapshot } = await startPage();
  const pool_name = 'embed';
  execute(
    'snakepit.pool.status',
    { queue_depth: 3, available_workers: 0, busy_workers: 2, total_workers: 2 },
    { pool_name },
  );
  execute(
    'snakepit.pool.queue.enqueued',
    { queue_depth: 4, system_time: 1 },
    { pool_name, correlation_id: 'a' },
  );
  execute('snakepit.pool.call.dispatched', { system_time: 1 }, { pool: 'embed', worker_id: 'w_1' });
  execute('snakepit.retry.attempt', { attempt: 1, delay_ms: 1 }, { pool: 'embed' });
  execute(
    'snakepit.pool.saturated',
    { queue_size: 64, max_queue_size: 64 },
    { pool: 'embed', busy_workers: 2 },
  );
  const { pools, problems } = await snapshot();
  expect(pools).toMatchObject([
    {
      name: 'embed',
      workers: 2,
      busy: 2,
      queued: 64,
      requests: 1,
      retries: 1,
      oldestQueuedMs: expect.any(Number),
    },
  ]);
  expect(problems).toMatchObject([{ id: 'pool:embed', severity: 'warning' }]);
});

test('an exporter that fails is a problem, and its reports are sent when they change', async () => {
  let report: DeliveryReport = {
    exporter: 'otlp',
    signal: 'traces',
    state: 'ok',
    sent: 1,
    lost: 0,
    queued: 0,
  };
  const { url } = await startPage({ delivery: () => [report] });
  const stream = await openStream(`${url}/api/v1/stream`);
  await eventually(() => expect(stream.of('snapshot')[0]?.data.delivery).toEqual([report]));
  report = { ...report, state: 'failing', lost: 5, lastError: 'connection refused' };
  await eventually(() => expect(stream.of('delivery').at(-1)?.data).toEqual(report));
  await eventually(() =>
    expect(stream.of('problems').at(-1)?.data).toMatchObject([
      {
        title: 'Spans do not arrive',
        cause: 'otlp: connection refused. 0 wait, 5 lost.',
        link: '#/delivery',
      },
    ]),
  );
});

test('the event log has lines of the catalog, linked to their spans; samples and many debug lines displace nothing', async () => {
  const { snapshot } = await startPage();
  await span('work', {}, async () =>
    execute('snakepit.circuit_breaker.opened', { failure_count: 2 }, { pool: 'p' }),
  );
  await sampleGpu(0, {});
  execute(
    'snakepit.pool.status',
    { queue_depth: 3, available_workers: 0, busy_workers: 2, total_workers: 2 },
    { pool_name: 'p' },
  );
  for (let i = 0; i < 3000; i++) {
    execute('snakepit.circuit_breaker.call.allowed', {}, { pool: 'p', state: 'closed' });
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const { events, traces } = await snapshot();
  expect(events.filter(({ name }) => name.includes('sampled') || name.includes('status'))).toEqual([]);
  expect(events.find(({ level }) => level === 'warn')).toMatchObject({
    name: 'snakepit.circuit_breaker.opened',
    text: 'Circuit breaker OPENED for pool=p: 2 failures',
    trace: traces[0]?.id,
    attributes: { 'snakepit.pool': 'p', 'snakepit.failure_count': 2 },
  });
  expect(events.length).toBeLessThanOrEqual(1001);
});
