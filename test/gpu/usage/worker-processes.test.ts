// Spans of workers that other processes started: their events name the process of each worker once.
import { spawn } from 'node:child_process';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { publishWireEvent } from '../../../src/bridge/index.js';
import { gpuUsageTracker } from '../../../src/gpu/usage/gpu-usage-tracker.js';
import { processOfCall } from '../../../src/gpu/usage/worker-processes.js';
import { gpu } from '../../helpers/fixtures.js';
import { instrumentedHost } from '../../helpers/sdk.js';

vi.mock('../../../src/system/host-namespace.js', () => ({ isInHostPidNamespace: () => true }));

const tracker = gpuUsageTracker();
let host: ReturnType<typeof instrumentedHost>;
let pid = 0;
let spawnedAt = 0;
beforeEach(() => {
  host = instrumentedHost();
  const child = spawn('sleep', ['600']);
  onTestFinished(() => void child.kill());
  pid = Number(child.pid);
  spawnedAt = Date.now();
  onTestFinished(tracker.attach(() => undefined));
  read(pid);
});

const read = (...pids: readonly number[]) =>
  tracker.record(
    [gpu(0, { memoryUsedMib: 7, processes: pids.map((each) => ({ pid: each })) }), gpu(1, { processes: [] })],
    performance.now(),
  );
const publish = (
  event: string,
  metadata: object,
  { producer = 'elixir', measurements = {}, at = Date.now() } = {},
) =>
  expect(publishWireEvent({ event, metadata, measurements, timestamp_ns: at * 1e6 }, producer)).toBe(
    'accepted',
  );
const spawned = (worker: string, { at = spawnedAt, producer = 'elixir', python = pid } = {}) =>
  publish(
    'snakepit.pool.worker.spawned',
    { worker_id: worker, python_pid: python, pool_name: 'default' },
    { producer, measurements: { system_time: at * 1e6, duration: 5e8 } },
  );
/** Runs a call of a worker. Returns the device of its span. */
function call(worker: string, correlationId: string, producer = 'elixir'): unknown {
  host.forget();
  const metadata = { worker_id: worker, correlation_id: correlationId, command: 'embed', pool: 'default' };
  publish('snakepit.grpc_worker.execute.start', metadata, { producer });
  read(pid);
  publish('snakepit.grpc_worker.execute.stop', metadata, { producer });
  const [span] = host.spans();
  expect(span?.name).toBe('snakepit.grpc_worker.execute');
  return span?.attributes['snakepit.gpu.device'];
}

test('a call has the usage of the process that was spawned for its worker', () => {
  expect(call('w_1', 'sp-1')).toBeUndefined();
  spawned('w_1');
  expect(call('w_1', 'sp-2')).toBe('cuda:0');
  expect(call('w_2', 'sp-3')).toBeUndefined();
  expect(call('w_1', 'sp-4', 'another host')).toBeUndefined();
});

test('an event of Python has the usage of the worker that serves its call', () => {
  spawned('w_1');
  publish('snakepit.grpc_worker.execute.start', { worker_id: 'w_1', correlation_id: 'sp-5' });
  const metadata = { correlation_id: 'sp-5', tool: 'embed' };
  publish('tool.execution.start', metadata, { producer: 'worker' });
  read(pid);
  publish('tool.execution.stop', metadata, { producer: 'worker' });
  expect(host.spans().map(({ name, attributes }) => [name, attributes['snakepit.gpu.device']])).toEqual([
    ['snakepit.python.tool.execution', 'cuda:0'],
  ]);
});

test('a span of a process on a GPU has a reading for its start and its end, and ends at its own time', async () => {
  spawned('w_1');
  const used = [500, 900];
  onTestFinished(
    tracker.attach(async () => {
      const memoryUsedMib = used.shift() ?? 0;
      tracker.record([gpu(0, { memoryUsedMib, watts: 100, processes: [{ pid }] })], performance.now());
    }),
  );
  // No reading is fresh.
  await vi.waitUntil(
    () => performance.now() > (tracker.recent.get('cuda:0')?.intervals.at(-1)?.to.at ?? 0) + 5,
  );
  const metadata = { worker_id: 'w_1', correlation_id: 'sp-12', command: 'embed' };
  publish('snakepit.grpc_worker.execute.start', metadata);
  await vi.waitUntil(() => used.length === 1);
  await vi.waitUntil(
    () => performance.now() > (tracker.recent.get('cuda:0')?.intervals.at(-1)?.to.at ?? 0) + 5,
  );
  const at = Date.now();
  publish('snakepit.grpc_worker.execute.stop', metadata, { at });
  expect(host.spans()).toEqual([]);
  await vi.waitUntil(() => host.spans().length === 1);
  expect(host.spans()[0]?.attributes).toMatchObject({
    'snakepit.gpu.samples': 2,
    'snakepit.gpu.memory.peak_mb': 900,
    'snakepit.gpu.memory.delta_mb': 400,
  });
  const [seconds = 0, nanoseconds = 0] = host.spans()[0]?.endTime ?? [];
  expect(seconds * 1000 + Math.round(nanoseconds / 1e6)).toBe(at);
});

test('a process that did not start when its worker was spawned belongs to another host or container', () => {
  spawned('w_1', { at: spawnedAt - 3_600_000 });
  expect(call('w_1', 'sp-6')).toBeUndefined();
  spawned('w_1', { at: spawnedAt + 3_600_000 });
  expect(call('w_1', 'sp-7')).toBeUndefined();
  spawned('w_1', { python: 2 ** 22 + 1 });
  expect(call('w_1', 'sp-8')).toBeUndefined();
});

test('a correlation id that several workers serve determines no process', () => {
  spawned('w_1');
  call('w_1', 'sp-9');
  expect(processOfCall('sp-9')).toEqual({ pid });
  const other = spawn('sleep', ['600']);
  onTestFinished(() => void other.kill());
  spawned('w_2', { at: Date.now(), python: Number(other.pid) });
  call('w_2', 'sp-9');
  expect(processOfCall('sp-9')).toBeUndefined();
  call('w_1', 'sp-9');
  expect(processOfCall('sp-9')).toBeUndefined();
});

test('calls and workers without end take bounded memory', () => {
  for (let i = 0; i < 2000; i++) spawned(`w_${i}`);
  expect(call('w_1', 'sp-10')).toBeUndefined();
  expect(call('w_1999', 'sp-11')).toBe('cuda:0');
  for (let i = 0; i < 20_000; i++)
    publish('snakepit.grpc_worker.execute.start', { worker_id: 'w_1999', correlation_id: `cid-${i}` });
  expect(processOfCall('sp-11')).toBeUndefined();
  expect(processOfCall('cid-19999')).toEqual({ pid });
});
