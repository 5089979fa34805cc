import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createOwnWorker } from '../../../src/common/own-workers.js';
import { runNode } from '../../helpers/child.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { recordWorkerEvents } from '../../helpers/worker-events.js';

const TIME = expect.any(Number);

const run = async (program: string) => {
  const worker = new Worker(program, { eval: true });
  const [code] = await once(worker, 'exit');
  return { worker, code };
};

test('a thread is a worker from its start to its end, in the span that created it', async () => {
  const { tracer } = instrumentedHost({ instrumentations: { workerThreads: { nameOf: () => 'resize' } } });
  const recorded = recordWorkerEvents();
  const span = tracer.startSpan('request');
  let id = 0;
  const { trace, context } = await import('@opentelemetry/api');
  await context.with(trace.setSpan(context.active(), span), async () => {
    const worker = new Worker('', { eval: true });
    id = worker.threadId;
    await once(worker, 'exit');
  });
  const identity = { pool_name: 'resize', worker_id: `resize_${id}` };
  expect(recorded.events).toEqual(
    [
      ['spawn_started', { system_time: TIME }],
      ['spawned', { duration: TIME, system_time: TIME, mode: 'thread' }],
      ['terminated', { lifetime: TIME, reason: 'normal' }],
    ].map(([name, more]) => ({
      name: `pool.worker.${name}`,
      values: { ...identity, ...(more as object) },
      spanId: span.spanContext().spanId,
    })),
  );
});

test('an uncaught error of a thread is a crash, and still reaches the host', async () => {
  instrumentedHost();
  const recorded = recordWorkerEvents();
  const worker = new Worker('throw new RangeError("too far")', { eval: true });
  const [error] = await once(worker, 'error');
  await once(worker, 'exit');
  expect(error.message).toBe('too far');
  expect(recorded.names().slice(2)).toEqual(['worker.crash', 'pool.worker.terminated']);
  expect(recorded.values()[2]).toMatchObject({ pool: 'workerThreads', reason: error, exit_code: 1 });
});

test.for<[string, string]>([
  ['process.exit(3)', 'exit_code_3'],
  ['process.exit(0)', 'normal'],
])('a thread that ends by %s has not crashed', async ([program, reason]) => {
  instrumentedHost();
  const recorded = recordWorkerEvents();
  await run(program);
  expect(recorded.names()).not.toContain('worker.crash');
  expect(recorded.values().at(-1)).toMatchObject({ reason });
});

test('a thread that the host terminates has not crashed', async () => {
  instrumentedHost();
  const recorded = recordWorkerEvents();
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true });
  await once(worker, 'online');
  await worker.terminate();
  expect(recorded.names()).toEqual(
    ['spawn_started', 'spawned', 'terminated'].map((name) => `pool.worker.${name}`),
  );
});

test('threads are not recorded if they are ignored, switched off, of this package, or the instrumentation is disabled', async () => {
  const { instrumentation } = instrumentedHost({
    instrumentations: { workerThreads: { ignore: ({ mode }) => mode === 'thread' } },
  });
  const recorded = recordWorkerEvents();
  await run('');
  instrumentation.disable();
  await run('');
  instrumentation.setConfig({ instrumentations: { workerThreads: { enabled: false } } });
  instrumentation.enable();
  await run('');
  instrumentation.disable();
  instrumentation.setConfig({});
  instrumentation.enable();
  await once(
    createOwnWorker(() => new Worker('', { eval: true })),
    'exit',
  );
  expect(recorded.events).toEqual([]);
  await run('');
  expect(recorded.events).toHaveLength(3);
});

test('two instances of the instrumentation record a thread once', async () => {
  instrumentedHost();
  instrumentedHost();
  const recorded = recordWorkerEvents();
  await run('');
  expect(recorded.events).toHaveLength(3);
});

test('the end of a thread is recorded although its host has removed all listeners', async () => {
  instrumentedHost();
  const recorded = recordWorkerEvents();
  const worker = new Worker('', { eval: true });
  worker.removeAllListeners();
  await once(worker, 'exit');
  expect(recorded.names()).toHaveLength(3);
  expect(Object.getOwnPropertyNames(worker)).not.toContain('emit');
});

test('the thread in which Node runs the hooks of module.register() is no worker', async () => {
  const program = `
    const { attach, SnakepitInstrumentation } = require('opentelemetry-instrumentation-snakepit');
    new SnakepitInstrumentation({ instrumentations: { workerThreads: { nameOf: () => 'own' } } });
    attach('test', 'snakepit.pool.worker.spawn_started', ({ metadata }) => console.log(metadata.pool_name));
    require('node:module').register('data:text/javascript,');
    new (require('node:worker_threads').Worker)('', { eval: true });`;
  expect(await runNode(['-e', program])).toMatchObject({ stdout: 'own\n', code: 0 });
});
