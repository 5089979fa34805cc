import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchChildProcess } from '../../src/bridge/child-process.js';
import { subscribe } from '../../src/bus/bus.js';
import type { AnyEvent } from '../../src/catalog/any-event.js';

const KEY = createContextKey('test');
const NAMES = [
  'snakepit.error.oom',
  'snakepit.error.shape_mismatch',
  'snakepit.error.python_exception',
  'snakepit.worker.crash',
];

let events: (AnyEvent & { context: unknown })[];
let stop: (() => void)[];
let children: ChildProcess[];
beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  events = [];
  children = [];
  stop = NAMES.map((name) =>
    subscribe(name, (event) => events.push({ ...event, context: context.active().getValue(KEY) })),
  );
});
afterEach(async () => {
  for (const each of stop) each();
  context.disable();
  // The bus is process-wide: the next test must not receive the events of a dying child.
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.stderr?.resume();
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

function python(code: string): ChildProcess {
  const child = spawn('python3', ['-c', code], { stdio: ['ignore', 'ignore', 'pipe'] });
  children.push(child);
  return child;
}
const stderrOf = async (child: ChildProcess): Promise<string> => {
  const chunks: Buffer[] = [];
  child.stderr?.on('data', (chunk) => chunks.push(chunk));
  await once(child, 'close');
  return Buffer.concat(chunks).toString();
};
const published = () =>
  events.map(({ name, metadata }) => [name, metadata.type ?? metadata.device ?? metadata.reason]);

describe('exceptions of a real Python process', () => {
  test.each([
    ["raise ValueError('bad input')", [['snakepit.error.python_exception', 'ValueError']]],
    ['raise MemoryError', [['snakepit.error.oom', 'cpu']]],
    [
      "try:\n  raise RuntimeError('HIP out of memory. Tried to allocate 2.00 GiB. GPU 1 has')\nexcept RuntimeError as e:\n  raise ValueError('job failed') from e",
      [['snakepit.error.oom', 'rocm:1']],
    ],
    [
      "try:\n  {}['shape']\nexcept KeyError:\n  raise ValueError('job failed')",
      [['snakepit.error.python_exception', 'ValueError']],
    ],
    [
      "raise ExceptionGroup('many', [ValueError('one'), MemoryError()])",
      [
        ['snakepit.error.python_exception', 'ValueError'],
        ['snakepit.error.oom', 'cpu'],
      ],
    ],
    ["raise ValueError('first\\n\\nthird')", [['snakepit.error.python_exception', 'ValueError']]],
    ['raise SystemExit(3)', []],
  ])('are classified: %s', async (code, expected) => {
    const child = python(code);
    watchChildProcess(child);
    await stderrOf(child);
    expect(published()).toEqual(expected);
  });

  test('are published while the process is alive', async () => {
    const child = python(
      'import sys, time, traceback\ntry:\n  1/0\nexcept Exception:\n  traceback.print_exc()\ntime.sleep(60)',
    );
    watchChildProcess(child);
    child.stderr?.resume();
    await vi.waitFor(
      () => expect(published()).toEqual([['snakepit.error.python_exception', 'ZeroDivisionError']]),
      20_000,
    );
    expect(child.exitCode).toBeNull();
  });

  test('carry message and traceback', async () => {
    const child = python("raise ValueError('bad input')");
    watchChildProcess(child);
    const stderr = await stderrOf(child);
    expect(events[0]?.metadata).toEqual({
      type: 'ValueError',
      category: 'other',
      message: 'bad input',
      traceback: stderr.trimEnd(),
    });
  });

  test('are published in the context that was active at the call', async () => {
    const child = python("raise ValueError('bad')");
    context.with(ROOT_CONTEXT.setValue(KEY, 'request'), () => watchChildProcess(child));
    await stderrOf(child);
    expect(events.map((event) => event.context)).toEqual(['request']);
  });
});

describe('stderr', () => {
  // Invalid UTF-8, characters split between chunks, and a traceback. More than a pipe buffers: the process lives until it is read.
  const NOISY = `process.stderr.write(Buffer.from([0xff, 0xfe, 0xe2, 0x82]));
    for (let i = 0; i < 20000; i++) process.stderr.write('line ' + i + ' äöü\\r\\n');
    process.stderr.write('Traceback (most recent call last):\\n  File "a.py"\\nMemoryError\\n');`;
  const noisy = () => spawn(process.execPath, ['-e', NOISY], { stdio: ['ignore', 'ignore', 'pipe'] });
  const plain = async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of noisy().stderr) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  test.each(['data', 'readable', 'iteration', 'late'] as const)(
    'reaches a host that reads it by %s unchanged',
    async (way) => {
      const child = noisy();
      const stderr = child.stderr;
      watchChildProcess(child);
      const closed = once(child, 'close');
      const chunks: Buffer[] = [];
      if (way === 'late') await vi.waitFor(() => expect(stderr.readableLength).toBeGreaterThan(0), 20_000);
      if (way === 'data' || way === 'late') stderr.on('data', (chunk) => chunks.push(chunk));
      if (way === 'readable') {
        stderr.on('readable', () => {
          for (let chunk = stderr.read(); chunk !== null; chunk = stderr.read()) chunks.push(chunk);
        });
      }
      if (way === 'iteration') for await (const chunk of stderr) chunks.push(chunk);
      await closed;
      expect(Buffer.concat(chunks).equals(await plain())).toBe(true);
      expect(published()).toEqual([['snakepit.error.oom', 'cpu']]);
    },
  );

  test('is not read before the host begins to read it', async () => {
    const child = python("import sys, time\nprint('waiting', file=sys.stderr, flush=True)\ntime.sleep(60)");
    watchChildProcess(child);
    await vi.waitFor(() => expect(child.stderr?.readableLength).toBeGreaterThan(0), 20_000);
    expect(child.stderr?.readableFlowing).toBeNull();
  });

  test('is read when the process has exited if the host does not read it', async () => {
    const child = python("raise ValueError('unread')");
    watchChildProcess(child);
    await once(child, 'close');
    expect(published()).toEqual([['snakepit.error.python_exception', 'ValueError']]);
  });

  test('can be absent', async () => {
    const child = spawn('python3', ['-c', 'pass'], { stdio: 'ignore' });
    watchChildProcess(child);
    await once(child, 'close');
    expect(events).toEqual([]);
  });
});

describe('the end of a process', () => {
  test('by SIGKILL, which the kernel sends when memory runs out, is a crash', async () => {
    const child = python('import time; time.sleep(60)');
    watchChildProcess(child, { pool: 'default', workerId: 'w1' });
    await once(child, 'spawn');
    process.kill(child.pid ?? 0, 'SIGKILL');
    await once(child, 'close');
    expect(events).toMatchObject([
      {
        name: 'snakepit.worker.crash',
        metadata: { reason: 'signal:SIGKILL', exit_code: 137, pool: 'default', worker_id: 'w1' },
      },
    ]);
  });

  test('with the exit code that a shell derives from a signal is a crash', async () => {
    const child = python('import os; os._exit(139)');
    watchChildProcess(child);
    await once(child, 'close');
    expect(published()).toEqual([['snakepit.worker.crash', 'signal:SIGSEGV']]);
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('by %s is not a crash', async (signal) => {
    const child = spawn('sleep', ['60'], { stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    watchChildProcess(child);
    await once(child, 'spawn');
    child.kill(signal);
    await once(child, 'close');
    expect(events).toEqual([]);
  });
});

test('watches an object that exposes its process as childProcess, such as python-shell', async () => {
  const child = python("raise ValueError('inner')");
  watchChildProcess({ childProcess: child });
  await stderrOf(child);
  expect(published()).toEqual([['snakepit.error.python_exception', 'ValueError']]);
});

test('publishes nothing and leaves no listener after it is stopped', async () => {
  const child = python("raise ValueError('late')");
  const listeners = () => [child.listenerCount('exit'), child.stderr?.eventNames().length];
  const before = listeners();
  const dispose = watchChildProcess(child);
  child.stderr?.resume();
  dispose();
  dispose();
  expect(listeners()).toEqual(before);
  await once(child, 'close');
  expect(events).toEqual([]);
});
