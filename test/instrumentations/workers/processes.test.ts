import { exec, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { watchChildProcess } from '../../../src/index.js';
import { instrumentedHost } from '../../helpers/sdk.js';
import { recordWorkerEvents } from '../../helpers/worker-events.js';

const TIME = expect.any(Number);
const NO_PROGRAM = 'snakepit-no-such-program';
const ALL = { instrumentations: { childProcess: { ignore: () => false } } };

test('a Python child is a worker from its start to its end', async () => {
  instrumentedHost();
  const recorded = recordWorkerEvents();
  const child = spawn('python3', ['-c', 'pass']);
  const { pid } = child;
  await once(child, 'exit');
  const identity = { pool_name: 'python3', worker_id: `python3_${pid}` };
  expect(recorded.events).toMatchObject([
    { name: 'pool.worker.spawn_started', values: { ...identity, system_time: TIME } },
    {
      name: 'pool.worker.spawned',
      values: { ...identity, duration: TIME, mode: 'process', python_pid: pid },
    },
    { name: 'pool.worker.terminated', values: { ...identity, lifetime: TIME, reason: 'normal' } },
  ]);
});

test('other programs are recorded only if the host does not ignore them', async () => {
  const { instrumentation } = instrumentedHost();
  const recorded = recordWorkerEvents();
  await promisify(execFile)('true');
  expect(recorded.events).toEqual([]);
  instrumentation.disable();
  instrumentation.setConfig(ALL);
  instrumentation.enable();
  await promisify(execFile)('true');
  await promisify(exec)('true');
  spawnSync('true');
  expect(recorded.values().map(({ pool_name }) => pool_name)).toEqual([
    ...new Array(3).fill('true'),
    ...new Array(3).fill('sh'),
  ]);
});

test('the kill of a process by a fatal signal is a crash', async () => {
  instrumentedHost(ALL);
  const recorded = recordWorkerEvents();
  const child = spawn('sleep', ['60']);
  const { pid } = child;
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(recorded.events.slice(2)).toEqual([
    {
      name: 'worker.crash',
      values: { pool: 'sleep', worker_id: `sleep_${pid}`, reason: 'signal:SIGKILL', exit_code: 137 },
      spanId: undefined,
    },
    {
      name: 'pool.worker.terminated',
      values: {
        pool_name: 'sleep',
        worker_id: `sleep_${pid}`,
        lifetime: TIME,
        reason: 'signal:SIGKILL',
      },
      spanId: undefined,
    },
  ]);
});

test('a requested end of a process is no crash', async () => {
  instrumentedHost(ALL);
  const recorded = recordWorkerEvents();
  const child = spawn('sleep', ['60']);
  child.kill();
  await once(child, 'exit');
  expect(recorded.names()).not.toContain('worker.crash');
  expect(recorded.values().at(-1)).toMatchObject({ reason: 'signal:SIGTERM' });
});

test('a crash of a process that the host watches is reported once, with the pool of the host', async () => {
  instrumentedHost(ALL);
  const recorded = recordWorkerEvents();
  const child = spawn('sleep', ['60']);
  watchChildProcess(child, { pool: 'mine' });
  child.kill('SIGSEGV');
  await once(child, 'exit');
  const crashes = recorded.events.filter(({ name }) => name === 'worker.crash');
  expect(crashes.map(({ values }) => values.pool)).toEqual(['mine']);
});

test('a program that does not exist is a worker that did not start', async () => {
  instrumentedHost(ALL);
  const recorded = recordWorkerEvents();
  const child = spawn(NO_PROGRAM);
  const [error] = await once(child, 'error');
  expect(recorded.events).toMatchObject([
    { name: 'pool.worker.spawn_started', values: { pool_name: NO_PROGRAM } },
    { name: 'pool.worker.spawn_failed', values: { duration: TIME, reason: error } },
  ]);
  expect(child.eventNames()).not.toContain('spawn');
});

test('a process that is aborted before its event spawn has started, and its end is recorded', async () => {
  instrumentedHost();
  const recorded = recordWorkerEvents();
  const controller = new AbortController();
  const child = spawn('python3', ['-c', 'import signal; signal.pause()'], { signal: controller.signal });
  child.on('error', () => {});
  controller.abort();
  await once(child, 'exit');
  expect(recorded.names()).toEqual(
    ['spawn_started', 'spawned', 'terminated'].map((name) => `pool.worker.${name}`),
  );
  expect(recorded.values().at(-1)).toMatchObject({ reason: 'signal:SIGTERM' });
});

test('the end of a process is recorded although its host has removed all listeners', async () => {
  const host = instrumentedHost({ instrumentations: { python: { requireParentSpan: false } } });
  const recorded = recordWorkerEvents();
  const child = spawn('python3', ['-c', 'pass']);
  child.removeAllListeners();
  await once(child, 'exit');
  expect(recorded.names()).toHaveLength(3);
  expect(host.spans()).toMatchObject([{ name: 'python <inline>', attributes: { 'process.exit.code': 0 } }]);
  expect(Object.getOwnPropertyNames(child)).not.toContain('emit');
});
