// Runs programs with the real library: a library can only be patched before it is loaded.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loaderHook } from '../../helpers/loader-hook.js';
import { copyOf, outcomeOf } from '../pools/run-program.js';

const TIME = expect.any(Number);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const program = (name: string) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

const POOL = { pool_name: 'generic-pool' };
const EVENTS = [
  { name: 'pool.initialized', ...POOL, size: 1 },
  { name: 'pool.queue.dequeued', ...POOL, queue_time: TIME, queue_depth: 0 },
  { name: 'pool.saturated', pool: 'generic-pool', queue_size: 1, max_queue_size: 1 },
  { name: 'pool.queue.dequeued', ...POOL, queue_time: TIME, queue_depth: 0 },
  { name: 'pool.queue.timeout', ...POOL, queue_time: TIME, timeout_ms: 1000 },
  { name: 'pool.status', ...POOL, busy_workers: 1, available_workers: 0, total_workers: 1 },
];
const METRICS = {
  'size generic-pool': 1,
  'workers.busy generic-pool': 1,
  'workers.available generic-pool': 0,
  'queue.time generic-pool': 2,
  'queue.timeouts.total generic-pool': 1,
  'saturated.total generic-pool': 1,
};

test.for<[string, string, readonly string[]]>([
  ['required', 'app.cjs', []],
  ['imported', 'app.mjs', []],
  ['imported with a loader hook', 'app.mjs', ['--import', loaderHook(ROOT)]],
  ['required before the instrumentation', 'app.cjs', ['--require', 'generic-pool']],
])(
  'requests are metrics, and the host sees no difference, down to the microtask: %s',
  async ([, app, options]) => {
    const { host, recorded } = await outcomeOf([...options, program(app)]);
    const plain = await outcomeOf([...options, program(app), '--plain']);
    expect(host).toEqual(plain.host);
    expect(host).toMatchObject({
      refused: 'Error Error: max waitingClients count exceeded',
      late: 'TimeoutError TimeoutError: ResourceRequest timed out',
      unhandled: ['Error: max waitingClients count exceeded'],
      isSensitive: true,
    });
    expect(host.programs.flat()).toContainEqual(expect.stringContaining('TimeoutError'));
    expect(recorded.acquired).toMatchObject({ spans: [], events: EVENTS });
    expect(recorded.states).toMatchObject(METRICS);
    expect(recorded.isRestored).toBe(true);
    expect(recorded.hooks).toMatchObject([
      { name: 'pool.initialized', pool_name: 'a', size: 3 },
      { name: 'pool.queue.dequeued', pool_name: 'a' },
    ]);
    expect(recorded.byDefault).toEqual([]);
  },
);

// It keeps requests that timed out in its queue: the rest of the program would wait forever.
test('requests of the first supported version are metrics', async () => {
  const env = await copyOf('generic-pool', 'generic-pool-v3');
  const { host, recorded } = await outcomeOf([program('app.cjs'), '--short'], env);
  const plain = await outcomeOf([program('app.cjs'), '--short', '--plain'], env);
  expect(host).toEqual(plain.host);
  expect(recorded.acquired).toMatchObject({ spans: [], events: EVENTS });
  expect(recorded.states).toMatchObject(METRICS);
});

test.for(['--contrib-first', '--contrib-last'])(
  "spans are those of OpenTelemetry's own instrumentation, and nothing is counted twice: %s",
  async (order) => {
    const { host, recorded } = await outcomeOf([program('app.cjs'), order, '--short']);
    expect(host.ids).toEqual([1, 1]);
    expect(recorded.acquired.events).toMatchObject(EVENTS);
    expect(recorded.states).toMatchObject(METRICS);
    const spans = recorded.acquired.spans.map((span: Record<string, string>) => [
      span.scope,
      span.name,
      span.parent,
    ]);
    const ends = ['one', 'three', 'two', 'four'];
    expect(spans).toEqual(
      ends.map((parent) => ['@opentelemetry/instrumentation-generic-pool', 'generic-pool.acquire', parent]),
    );
  },
);
