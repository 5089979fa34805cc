import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { attach, detach, execute } from '../../../src/index.js';
import { WorkerWatch } from '../../src/inputs/worker-watch.js';

let ends = 0;
let watch: WorkerWatch;
beforeEach(() => {
  ends = 0;
  watch = new WorkerWatch(() => {
    ends++;
  });
  watch.start();
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

const stop = (worker = 'default_worker_1') =>
  execute(
    'snakepit.grpc_worker.execute.stop',
    { duration: 1, executions: 1 } as never,
    {
      pool: 'Elixir.Snakepit.Pool',
      worker_id: worker,
      command: 'c',
      status: 'ok',
    } as never,
  );
const python = () =>
  execute('snakepit.python.tool.execution.start', { system_time: 1 }, { tool: 't' } as never);
const after = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

test('the relay ends when calls go on for 60 s after the last event of Python, and is reported once', () => {
  python();
  stop();
  after(59);
  stop();
  expect({ relay: watch.relay, ends }).toEqual({ relay: 'ok', ends: 0 });
  after(1);
  stop();
  stop();
  expect({ relay: watch.relay, ends }).toEqual({ relay: 'ended', ends: 1 });
  python();
  expect(watch.relay).toBe('ok');
  after(60);
  stop();
  expect({ relay: watch.relay, ends }).toEqual({ relay: 'ended', ends: 2 });
});

test('the relay is fine while no calls end', () => {
  python();
  stop();
  after(3600);
  expect(watch.relay).toBe('ok');
});

test('the relay is silent, and not reported, if events of Python never came', () => {
  stop();
  after(60);
  stop();
  expect({ relay: watch.relay, ends }).toEqual({ relay: 'silent', ends: 0 });
});

test('a worker has the pool of its first event and the state of its last, until it is terminated', () => {
  execute(
    'snakepit.pool.worker_ready',
    { worker_count: 1, count: 1 },
    { pool_name: 'default', worker_id: 'w' },
  );
  stop('w');
  expect(watch.workers).toEqual([{ worker: 'w', pool: 'default', state: 'ready', lastEvent: 1_000_000 }]);
  execute('snakepit.worker.crash', { count: 1 } as never, { pool: 'default', worker_id: 'w' } as never);
  expect(watch.workers).toMatchObject([{ state: 'crashed' }]);
  execute('snakepit.pool.worker.terminated', { lifetime: 1, total_commands: 1 }, { worker_id: 'w' } as never);
  expect(watch.workers).toEqual([]);
});

test('the number of workers in each state is published when it has changed', () => {
  const published: unknown[] = [];
  attach('workers', 'snakepit.bridge.workers.sampled', ({ measurements: { count }, metadata: { state } }) => {
    published.push([state, count]);
  });
  onTestFinished(() => {
    detach('workers');
  });
  stop('a');
  stop('b');
  vi.advanceTimersByTime(100);
  stop('a');
  vi.advanceTimersByTime(100);
  expect(published.splice(0)).toEqual([['ready', 2]]);
  execute('snakepit.worker.crash', { count: 1 } as never, { pool: 'default', worker_id: 'a' } as never);
  vi.advanceTimersByTime(100);
  expect(published.splice(0)).toEqual([
    ['ready', 1],
    ['crashed', 1],
  ]);
  execute('snakepit.pool.worker.terminated', { lifetime: 1, total_commands: 1 }, { worker_id: 'a' } as never);
  vi.advanceTimersByTime(100);
  expect(published).toEqual([['crashed', 0]]);
});

test('at most 256 workers are remembered: the one that was silent longest is forgotten', () => {
  for (let i = 0; i < 256; i++) stop(`w${i}`);
  after(1);
  for (let i = 0; i < 255; i++) stop(`w${i}`);
  stop('new\u001b[2J');
  const names = watch.workers.map(({ worker }) => worker);
  expect(names).toHaveLength(256);
  expect(names).not.toContain('w255');
  expect(names.at(-1)).toMatch(/^new[^\p{Cc}]*$/u);
});
