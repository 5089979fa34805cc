// Runs programs with the real library: a library can only be patched before it is loaded.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loaderHook } from '../../helpers/loader-hook.js';
import { copyOf, outcomeOf } from '../pools/run-program.js';

const TIME = expect.any(Number);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const program = (name: string) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

const WORKER = expect.stringMatching(/^methods_\d+$/);
const DOUBLE = { command: 'methods.double' };

interface RecordedSpan {
  readonly parent: string;
  readonly attributes: object;
}

test.for<[string, string, readonly string[], 'thread' | 'process', string]>([
  ['required', 'app.cjs', [], 'thread', 'workerpool'],
  ['required, with processes', 'app.cjs', [], 'process', 'workerpool'],
  ['imported', 'app.mjs', [], 'thread', 'workerpool'],
  ['imported with a loader hook', 'app.mjs', ['--import', loaderHook(ROOT)], 'thread', 'workerpool'],
  ['required before the instrumentation', 'app.cjs', ['--require', 'workerpool'], 'thread', 'workerpool'],
  ['the first supported version', 'app.cjs', [], 'thread', 'workerpool-v6'],
])(
  'a task is a span of its request, and the host sees no difference: %s',
  async ([, app, options, mode, alias]) => {
    const env = alias === 'workerpool' ? {} : await copyOf('workerpool', alias);
    const args = [mode, String(app.length + options.length)];
    const { host, recorded } = await outcomeOf([...options, program(app), ...args], env);
    const plain = await outcomeOf([...options, program(app), '--plain', ...args], env);
    expect(host).toEqual(plain.host);
    expect(host).toMatchObject({
      queued: [0, 2, 4, 'thrown Error Error: Max queue size of 2 reached'],
      failed: 'Error Error: mine',
      function: 3,
      cancelled: 'Error CancellationError: promise cancelled',
      timedOut: 'Error TimeoutError: Promise timed out after 1 ms',
      promise: { isOfTask: true, chains: [true, true] },
    });

    const ran = {
      'snakepit.pool': 'methods',
      'code.function.name': 'double',
      'snakepit.worker_id': WORKER,
      'snakepit.queue_time': TIME,
      ...(mode === 'thread' && { 'thread.id': TIME }),
    };
    const waited = ['pool.queue.enqueued', 'pool.queue.dequeued'];
    const spans = [...recorded.queued.spans].sort((a: RecordedSpan, b: RecordedSpan) =>
      a.parent.localeCompare(b.parent),
    );
    expect(spans).toMatchObject(
      [
        ['four', { 'snakepit.pool': 'methods', 'error.type': 'Error' }, ['pool.saturated', 'exception']],
        ['one', ran, []],
        ['three', ran, waited],
        ['two', ran, waited],
      ].map(([parent, attributes, events]) => ({ name: 'methods.double', parent, attributes, events })),
    );
    const of = (name: string) =>
      recorded.queued.events.filter((event: { name: string }) => event.name === name);
    expect(of('pool.initialized')).toMatchObject([{ pool_name: 'methods', size: 1 }]);
    expect(of('pool.queue.enqueued')).toMatchObject([
      { pool_name: 'methods', queue_depth: 1, ...DOUBLE },
      { pool_name: 'methods', queue_depth: 2, ...DOUBLE },
    ]);
    expect(of('pool.queue.dequeued')).toMatchObject([
      { pool_name: 'methods', worker_id: WORKER, queue_time: TIME, queue_depth: 1 },
      { pool_name: 'methods', worker_id: WORKER, queue_time: TIME, queue_depth: 0 },
    ]);
    expect(of('pool.saturated')).toMatchObject([{ pool: 'methods', queue_size: 2, max_queue_size: 2 }]);
    expect(of('pool.call.dispatched')).toMatchObject(
      [false, true, true].map((queued) => ({ pool: 'methods', worker_id: WORKER, queued, ...DOUBLE })),
    );
    expect(of('request.executed')).toMatchObject(
      new Array(3).fill({ pool: 'methods', ...DOUBLE, worker_id: WORKER, success: true, aborted: false }),
    );

    const endOf = (name: string) => [
      recorded[name].spans.map((span: { name: string; attributes: Record<string, unknown> }) => [
        span.name,
        span.attributes['error.type'],
      ]),
      recorded[name].events
        .filter((event: { name: string }) => event.name === 'request.executed')
        .map(({ command, success, aborted }: Record<string, unknown>) => [command, success, aborted]),
    ];
    expect(endOf('failed')).toEqual([[['methods.fail', 'Error']], [['methods.fail', false, false]]]);
    expect(endOf('function')).toEqual([[['methods.add', undefined]], [['<function>', true, false]]]);
    expect(endOf('anonymous')).toEqual([[['methods.<function>', undefined]], [['<function>', true, false]]]);
    expect(endOf('cancelled')).toEqual([
      [['methods.hang', 'CancellationError']],
      [['methods.hang', false, true]],
    ]);
    expect(endOf('timedOut')).toEqual([[['methods.hang', 'TimeoutError']], [['methods.hang', false, false]]]);
    expect(endOf('exited')[1]).toEqual([['methods.exit', false, false]]);
    expect(endOf('notCloneable')[1]).toEqual([['methods.double', false, false]]);
    expect(endOf('outside')).toEqual([[], [['methods.double', true, false]]]);
    expect(recorded.invalid).toEqual({ spans: [], events: [] });

    // 4 pools of the same name, of which the first one is stuck with a task that could not be sent.
    expect(recorded.metrics).toMatchObject({
      'size methods': 5,
      'queue.depth methods': 0,
      'workers.busy methods': 1,
      'saturated.total methods': 1,
    });
    expect(recorded.states).toMatchObject([{ name: 'pool.status', pool_name: 'methods', busy_workers: 1 }]);
    expect(recorded.isRestored).toBe(true);
    expect(recorded.hooks.spans).toMatchObject([
      {
        name: 'methods.double',
        attributes: { 'snakepit.pool': 'mine', input: [5], end: 'methods.cjs 10' },
      },
    ]);
  },
);
