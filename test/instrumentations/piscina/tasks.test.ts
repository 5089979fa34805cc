// Runs programs with the real library: a library can only be patched before it is loaded.
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loaderHook } from '../../helpers/loader-hook.js';
import { outcomeOf } from '../pools/run-program.js';
import { OTHER_VERSIONS, versionOf } from './library.js';

const TIME = expect.any(Number);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const program = (name: string) => fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

const WORKER = expect.stringMatching(/^tasks_\d+$/);
const DOUBLE = { command: 'tasks.double' };

test.for<[string, string, readonly string[], string]>([
  ['required', 'app.cjs', [], 'piscina'],
  ['imported', 'app.mjs', [], 'piscina'],
  ['imported with a loader hook', 'app.mjs', ['--import', loaderHook(ROOT)], 'piscina'],
  ['required before the instrumentation', 'app.cjs', ['--require', 'piscina'], 'piscina'],
  ...OTHER_VERSIONS.map(
    (alias) => [alias, 'app.cjs', [], alias] satisfies [string, string, string[], string],
  ),
])(
  'a task is a span of its request, and the host sees no difference: %s',
  async ([_loaded, app, options, alias]) => {
    const seed = String(app.length + options.length);
    const { args, env } = await versionOf(alias);
    const { host, recorded } = await outcomeOf([...args, ...options, program(app), seed], env);
    const plain = await outcomeOf([...args, ...options, program(app), '--plain', seed], env);
    expect(host).toEqual(plain.host);
    expect(host.outcomes).toMatchObject({
      queued: [0, 2, 4, 'Error Error: Task queue is at limit'],
      failed: 'TypeError TypeError: mine',
      aborted: 'AbortError AbortError: The task has been aborted',
      exited: 'Error Error: worker exited with code: 9',
    });
    expect(host.unhandled).toEqual(['TypeError: unhandled']);

    const spans = [...recorded.queued.spans].sort((a, b) => a.parent.localeCompare(b.parent));
    const ran = {
      'snakepit.pool': 'tasks',
      'code.function.name': 'double',
      'snakepit.worker_id': WORKER,
      'snakepit.queue_time': TIME,
      'thread.id': TIME,
    };
    const waited = ['pool.queue.enqueued', 'pool.queue.dequeued'];
    expect(spans).toEqual(
      [
        ['four', { 'snakepit.pool': 'tasks', 'error.type': 'Error' }, ['pool.saturated', 'exception']],
        ['one', ran, []],
        ['three', ran, waited],
        ['two', ran, waited],
      ].map(([parent, attributes, events]) => ({
        name: 'tasks.double',
        parent,
        attributes: expect.objectContaining(attributes),
        events: (events as string[]).map((name) => (name === 'exception' ? name : `snakepit.${name}`)),
      })),
    );
    const of = (name: string) =>
      recorded.queued.events.filter((event: { name: string }) => event.name === `snakepit.${name}`);
    expect(of('pool.queue.enqueued')).toMatchObject([
      { pool_name: 'tasks', ...DOUBLE },
      { pool_name: 'tasks', ...DOUBLE },
    ]);
    expect(of('pool.queue.dequeued')).toMatchObject([
      { pool_name: 'tasks', worker_id: WORKER, queue_time: TIME, queue_depth: 1 },
      { pool_name: 'tasks', worker_id: WORKER, queue_time: TIME, queue_depth: 0 },
    ]);
    expect(of('pool.saturated')).toMatchObject([{ pool: 'tasks', queue_size: 2, max_queue_size: 2 }]);
    expect(of('pool.call.dispatched').map(({ queued }: { queued: boolean }) => queued)).toEqual([
      false,
      true,
      true,
    ]);
    expect(of('request.executed')).toMatchObject(
      new Array(3).fill({ pool: 'tasks', ...DOUBLE, worker_id: WORKER, success: true, aborted: false }),
    );

    expect(recorded.failed.spans).toMatchObject([
      { name: 'tasks.fail', parent: 'request', attributes: { 'error.type': 'TypeError' } },
    ]);
    expect(recorded.aborted.spans).toMatchObject([{ attributes: { 'error.type': 'AbortError' } }]);
    expect(recorded.aborted.events.at(-1)).toMatchObject({ success: false, aborted: true });
    expect(recorded.exited.events.at(-1)).toMatchObject({ success: false, aborted: false });
    expect(recorded.outside.spans).toEqual([]);
    expect(recorded.outside.events.at(-1)).toMatchObject({
      name: 'snakepit.request.executed',
      success: true,
    });
    expect(recorded.isRestored).toBe(true);
    expect(recorded.hooks.spans).toMatchObject([
      {
        name: 'tasks.double',
        attributes: { 'snakepit.pool': 'mine', input: 'undefined', end: 'tasks.cjs 10' },
      },
    ]);
  },
);
